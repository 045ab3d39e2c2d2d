/** A container image and the places that name it, one a line. */
export function describeOrigin({ name, origin }: { name: string; origin: string }): string {
  return [name, ...origin.split(', ').map((place) => `    ${place}`)].join('\n');
}

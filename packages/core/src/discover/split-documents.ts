/** YAML text cut at its `---` and `...` lines, and which of the pieces are worth parsing: parsing is what takes the time. */
import { isCertainlyImage } from './found-image.js';

export interface DocumentText {
  text: string;
  /** Lines before it. */
  line: number;
  /** What helm says it is made from: `web/templates/deployment.yaml`. */
  source?: string;
}

/** What an image with a domain contains, anywhere in a text. */
const domainAndVersion = /[a-z0-9-][.:][a-z0-9-]{1,63}(?::\d+)?\/[a-z0-9][a-z0-9._/-]{0,255}(?::\w|@sha256:)/i;

export function splitDocuments(text: string): DocumentText[] {
  const documents: DocumentText[] = [];
  let line = 0;
  let source: string | undefined;
  for (const piece of text.replace(/\r\n/g, '\n').split(/^(?:---|\.\.\.)(?=\s|$)/m)) {
    const said = /^# Source: (.+)$/m.exec(piece)?.[1];
    source = said ?? source;
    if (piece.trim()) documents.push({ text: piece, line, ...(source === undefined ? {} : { source }) });
    line += piece.split('\n').length - 1;
  }
  return documents;
}

/** False for most documents of a cluster: they name no image in any way. */
export function mayNameImages(text: string): boolean {
  return /image|containers:/i.test(text) || domainAndVersion.test(text) || isKnownByOther(text);
}

/** Resources whose operator makes the image of the version, and texts in base64. */
function isKnownByOther(text: string): boolean {
  return /\.k8s\.elastic\.co\/|monitoring\.coreos\.com\/|install\.istio\.io\/|^kind:\s*["']?Secret\b/m.test(text);
}

export function isCustomResourceDefinition(text: string): boolean {
  return /^kind:\s*["']?CustomResourceDefinition/m.test(text);
}

/** Defaults of fields in the schema of a custom resource: megabytes of text in which nothing else can be an image. */
export function imagesInSchema(text: string): { image: string; line: number }[] {
  if (!domainAndVersion.test(text)) return [];
  const found: { image: string; line: number }[] = [];
  for (const [line, one] of text.split('\n').entries()) {
    const image = /^\s*default:\s*["']?([^\s"']+)["']?\s*$/.exec(one)?.[1];
    if (image !== undefined && isCertainlyImage(image)) found.push({ image, line });
  }
  return found;
}

/** Lines `image: X` of a text that is no YAML. */
export function imageLines(text: string): { image: string; line: number }[] {
  return text.split('\n').flatMap((one, line) => {
    const image = /^[\s-]*["']?[\w.-]*image["']?\s*:\s*["']?([^\s"']+)["']?,?\s*(?:#.*)?$/i.exec(one)?.[1];
    return image === undefined ? [] : [{ image, line }];
  });
}

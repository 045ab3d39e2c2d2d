/** Reads a saved plan back (schemas/plan.schema.json). */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { planSchema } from '../generated/schemas.js';
import type { PlanDocument } from './plan-document.js';
import { workflowErrors } from './workflow-errors.js';

/** @param file name for messages. @throws PLAN_INVALID */
export function parsePlan(text: string, file: string): PlanDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw workflowErrors.PLAN_INVALID({ file, problems: [(cause as Error).message] }, { cause });
  }
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(planSchema);
  if (validate(value)) return value as PlanDocument;
  const problems = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`);
  throw workflowErrors.PLAN_INVALID({ file, problems: problems.slice(0, 5) });
}

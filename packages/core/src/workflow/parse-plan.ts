/** Reads a saved plan back (schemas/plan.schema.json). */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { planSchema } from '../generated/schemas.js';
import { readJson } from '../text/read-json.js';
import { schemaProblem } from '../text/schema-problem.js';
import type { PlanDocument } from './plan-document.js';
import { workflowErrors } from './workflow-errors.js';

let validator: ValidateFunction | undefined;

/** @param file name for messages. @throws PLAN_INVALID */
export function parsePlan(text: string, file: string): PlanDocument {
  const { value, fault } = readJson(text);
  if (fault) {
    const { reason, ...place } = fault;
    throw workflowErrors.PLAN_INVALID({ file, problems: [reason] }, { position: { file, ...place } });
  }
  validator ??= new Ajv2020({ allErrors: true, strict: false, verbose: true }).compile(planSchema);
  const validate = validator;
  if (validate(value)) return value as PlanDocument;
  const problems = (validate.errors ?? []).map(
    (problem) => `${problem.instancePath || 'it'} ${schemaProblem(problem, { showValue: false })}`,
  );
  throw workflowErrors.PLAN_INVALID({ file, problems: problems.slice(0, 5) });
}

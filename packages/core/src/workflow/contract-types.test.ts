/** What core writes is what the schemas promise: in types, and in a real plan, run and config. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, expectTypeOf, test } from 'vitest';
import type { SealerEvent } from '../events/events.js';
import { clusterImageConfigSchema, eventSchema, planSchema } from '../generated/schemas.js';
import type { ClusterImageConfigSchema, EventSchema, PlanSchema } from '../generated/types.js';
import type { ClusterImageConfig } from '../image/cluster-config.js';
import { parsePlan } from './parse-plan.js';
import type { PlanDocument } from './plan-document.js';

test('types', () => {
  expectTypeOf<ClusterImageConfig>().toExtend<ClusterImageConfigSchema.ClusterImageConfigDocument>();
  expectTypeOf<PlanDocument>().toExtend<PlanSchema.PlanDocument>();
  expectTypeOf<SealerEvent>().toExtend<EventSchema.EventDocument>();
});

test('schemas compile in strict mode, and refuse what is not theirs', () => {
  for (const schema of [clusterImageConfigSchema, eventSchema, planSchema]) {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    expect(validate({})).toBe(false);
  }
  const event = new Ajv2020().compile(eventSchema);
  const start = { type: 'step-start', step: 'a/b/c', title: 'Do', host: 'h', phase: 'a' } satisfies SealerEvent;
  expect(event(start)).toBe(true);
  expect(event({ ...start, extra: 1 })).toBe(false);
});

test('a plan that was changed by hand is refused with its place', () => {
  expect(() => parsePlan('{', 'plan.json')).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
  expect(() => parsePlan('{"schemaVersion":1,"steps":[{}]}', 'plan.json')).toThrow(/must have required property/);
});

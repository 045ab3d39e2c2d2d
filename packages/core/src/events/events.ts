/**
 * Events are the only output of core: plain objects, one JSON line each (schemas/event.schema.json).
 * Texts are redacted by the emitter.
 */
import type { SealerError } from '../errors/sealer-error.js';

export type SealerEvent =
  | {
      type: 'run-start';
      operation: string;
      cluster: string;
      steps: number;
      hosts: string[];
      /** How many of them are of each host, so that a host is seen to be finished. Steps on demand come besides. */
      stepsByHost: Record<string, number>;
    }
  | {
      type: 'run-end';
      operation: string;
      cluster: string;
      status: RunStatus;
      done: number;
      skipped: number;
      seconds: number;
    }
  | { type: 'phase-start'; phase: string; title: string; host?: string }
  | {
      type: 'phase-end';
      phase: string;
      title: string;
      host?: string;
      status: 'done' | 'failed' | 'skipped';
      seconds: number;
    }
  | { type: 'step-start'; step: string; title: string; host?: string; phase: string; onDemand?: true }
  | { type: 'step-progress'; step: string; host?: string; current: number; total: number; unit: 'bytes' | 'items' }
  | { type: 'step-output'; step: string; host?: string; line: string }
  | {
      type: 'step-end';
      step: string;
      title: string;
      host?: string;
      phase: string;
      /** Run because another step needed what it gives. */
      onDemand?: true;
      status: StepStatus;
      seconds: number;
      error?: EventError;
    }
  | {
      type: 'progress';
      id: string;
      /** The work whose progress counts this, too. */
      partOf?: string;
      title: string;
      current: number;
      total?: number;
      unit: 'bytes' | 'items';
      done?: boolean;
    }
  | { type: 'message'; level: 'info' | 'warning'; text: string; host?: string; code?: string };

export type RunStatus = 'done' | 'unchanged' | 'failed' | 'interrupted';
export type StepStatus = 'done' | 'holds' | 'failed' | 'undone' | 'not-run';

export interface EventError {
  code: string;
  message: string;
  hint?: string;
}

export type Emit = (event: SealerEvent) => void;

export function eventError(error: SealerError): EventError {
  return { code: error.code, message: error.message, ...(error.hint ? { hint: error.hint } : {}) };
}

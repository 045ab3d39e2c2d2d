/** The instructions of a Kubefile, typed. Variables and quotes are not replaced yet. */
import type { SourcePosition } from '../errors/sealer-error.js';
import type { HereDocument } from './here-documents.js';
import type { RunMount } from './run-mounts.js';

interface Base {
  position: SourcePosition;
  /** The instruction as written, for the history of layers. */
  text: string;
  /** When it is not `\\`. */
  escapeToken?: string;
}

/** A here-document that says itself what executes it. */
export interface RunScript {
  script: { name: string; text: string };
}

export type AppKeyword = 'APP' | 'CNI' | 'CSI';

export type Instruction = Base &
  (
    | { keyword: 'FROM'; image: string; platform?: string }
    | { keyword: 'ARG'; name: string; value?: string }
    | { keyword: 'ENV' | 'LABEL'; pairs: [string, string][] }
    | { keyword: 'MAINTAINER'; name: string }
    | {
        keyword: 'COPY' | 'ADD';
        sources: string[];
        destination: string;
        chmod?: string;
        chown?: string;
        checksum?: string;
        documents?: HereDocument[];
        /** Whether archives are unpacked; by default ADD does it for those of the context. */
        unpack?: boolean;
      }
    | { keyword: AppKeyword; name: string; sources: string[]; checksum?: string }
    | { keyword: 'APPENV'; app: string; pairs: [string, string][] }
    | { keyword: 'APPVALUES'; app: string; sources: string[]; checksum?: string }
    | { keyword: 'APPCMDS'; app: string; commands: string[] }
    | { keyword: 'KUBEVERSION'; range: string }
    | { keyword: 'LAUNCH'; apps: string[] }
    | { keyword: 'CMDS' | 'CMD'; commands: string[] }
    | {
        keyword: 'RUN';
        command: { shell: string } | { exec: string[] } | RunScript;
        mounts: RunMount[];
        network: 'default' | 'none' | 'host';
      }
  );

export const keywords = [
  'FROM',
  'ARG',
  'ENV',
  'LABEL',
  'MAINTAINER',
  'COPY',
  'ADD',
  'APP',
  'CNI',
  'CSI',
  'APPENV',
  'APPVALUES',
  'APPCMDS',
  'KUBEVERSION',
  'LAUNCH',
  'CMDS',
  'CMD',
  'RUN',
] as const;

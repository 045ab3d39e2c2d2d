import { defineErrors, error } from '../errors/define.js';
import { ExitCode } from '../errors/sealer-error.js';

const exitCode = ExitCode.config;

export const kubefileErrors = defineErrors({
  KUBEFILE_INVALID: error<{ file: string; count: number }>({
    exitCode,
    about: 'A Kubefile has errors; all of them are listed. Nothing was built.',
    message: ({ file, count }) => `${file} has ${count} error${count === 1 ? '' : 's'}`,
    hint: 'correct them; docs/kubefile.md describes every instruction',
  }),
  KUBEFILE_INSTRUCTION: error<{ word: string; suggestion?: string | undefined }>({
    exitCode,
    about: 'A line of a Kubefile begins with a word that is no instruction.',
    message: ({ word, suggestion }) =>
      `there is no instruction ${word}${suggestion ? `; did you mean ${suggestion}?` : ''}`,
    hint: 'the instructions are FROM, ARG, ENV, LABEL, COPY, ADD, RUN, APP, APPENV, APPVALUES, APPCMDS, CNI, CSI, KUBEVERSION, LAUNCH, CMDS, CMD and MAINTAINER',
  }),
  KUBEFILE_NOT_FOR_CLUSTERS: error<{ what: string; about: string }>({
    exitCode,
    about: 'A Kubefile has an instruction, or a flag, of Dockerfiles that a cluster image has no use for.',
    message: ({ what, about }) => `${what}: ${about}`,
    hint: 'docs/kubefile.md describes what a Kubefile can hold',
  }),
  KUBEFILE_VARIABLE: error<{ text: string; reason: string }>({
    exitCode,
    about: 'What a word of a Kubefile asks of a variable is not there, or cannot be done.',
    message: ({ text, reason }) => `${text}: ${reason}`,
    hint: 'give it a value by ENV, by ARG or by --build-arg NAME=value',
  }),
  KUBEFILE_SYNTAX: error<{ keyword: string; problem: string; expected: string }>({
    exitCode,
    about: 'An instruction of a Kubefile is not written as it must be.',
    message: ({ keyword, problem, expected }) => `${keyword}: ${problem}; expected ${expected}`,
    hint: 'docs/kubefile.md describes every instruction with an example',
  }),
});

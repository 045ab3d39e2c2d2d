import Run from './run.js';

export default class Apply extends Run {
  static override description =
    'Make the hosts be the cluster a Clusterfile declares. A second time it changes nothing.';
  static override examples = [
    '<%= config.bin %> apply -f Clusterfile',
    '<%= config.bin %> apply -f Clusterfile --dry-run',
  ];
}

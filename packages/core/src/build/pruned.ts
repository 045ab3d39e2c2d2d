/** What can be pruned, and how much of it. */
export interface PruneOptions {
  /** Folder of the build cache and downloads. */
  stateDirectory: string;
  /** Folder that says which images are mounted where: what they show stays. */
  mountRecords?: string | undefined;
  /** Only says what would go. */
  dryRun?: boolean | undefined;
  /** Downloads used within so many milliseconds stay. Default 0. */
  olderThan?: number | undefined;
  /** Of the downloads, the ones used last stay, up to so many bytes. Default 0. */
  keepBytes?: number | undefined;
}

export interface Pruned {
  what:
    | 'blob'
    | 'download'
    | 'cache note'
    | 'unpacked rootfs'
    | 'files of a RUN'
    | 'unpacked archive'
    | 'cache of a RUN';
  name: string;
  bytes: number;
}

/** Settings and leftovers of a host an implementation wants looked at before anything is changed there. */
export interface HostSettings {
  /** UDP ports that must be free. */
  udpPorts?: readonly number[];
  /** Folders it fills; `exec`: programs run from there; `layers`: file systems of containers are put together there. */
  folders?: readonly { path: string; exec?: boolean; layers?: boolean }[];
  /** Traces of other installations it cannot live beside; a folder counts when something is in it. */
  others?: readonly { path: string; of: string }[];
  /** Folder of network configuration where the first by name counts, and the name ours has; none: ours is not known. */
  networkFolder?: { path: string; ours?: string };
  /** File that names the DNS servers pods are given. */
  resolver?: string;
  /** systemd units whose environment it inherits. */
  units?: readonly string[];
  /** Names, addresses or networks that no proxy may come between, besides those of the hosts. */
  direct?: readonly string[];
}

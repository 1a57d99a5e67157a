export interface DiskFaultSettings {
  readonly under: string;
  readonly code: 'ENOSPC' | 'EDQUOT' | 'EIO' | 'EMFILE' | 'EBUSY' | 'EPERM' | 'EACCES' | 'EROFS' | 'short';
  /** From 1. */
  readonly at: number;
  /** 1 unless given; null = all that follow. */
  readonly times?: number | null;
  readonly report?: string;
  readonly only?: string;
}
export interface DiskFaults {
  readonly calls: () => number;
  readonly struck: () => number;
  readonly uninstall: () => void;
}
export function installDiskFaults(settings: DiskFaultSettings): DiskFaults;

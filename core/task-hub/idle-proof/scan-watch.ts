/** What a long read of a hub tells while it goes on. */
export interface ScanWatch {
  /** Once, where the read will be long: what is about to be read. */
  estimated(estimate: { readonly rows: number; readonly requests: number; readonly seconds: number }): void
  /** `share` from 0 to 1 of what there is to read. */
  progress(progress: { readonly share: number; readonly requests: number }): void
  /** The service asked to slow down, and fewer requests go side by side from now on. */
  slowedDown(sideBySide: number): void
}

export const silentWatch: ScanWatch = {
  estimated: () => undefined,
  progress: () => undefined,
  slowedDown: () => undefined,
}

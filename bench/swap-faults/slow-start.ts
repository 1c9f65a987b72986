import { setTimeout as delay } from 'node:timers/promises'
import type { Host } from '../../emulator/host/types.ts'

/** Makes the hosts of single apps slow to start, which is what a swap spends its time on. */
export function startUpDelay() {
  const delays = new Map<string, number>()
  return {
    /** From now on each start of a host of this app takes so much longer. */
    set: (siteName: string, ms: number): void => {
      delays.set(siteName, ms)
    },
    wrap: (siteName: string, host: Host): Host => {
      const ms = delays.get(siteName)
      if (ms === undefined) return host
      const late = delay(ms, undefined, { ref: false })
      return {
        ready: Promise.all([host.ready, late]).then(() => undefined),
        functions: () => host.functions(),
        handle: (request, caller) => host.handle(request, caller),
        stop: () => host.stop(),
      }
    },
  }
}

import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'

/**
 * The most memory that this process ever had, in bytes. Of Linux it is VmHWM: the maximum of getrusage begins with that of the
 * process that started this one, for it outlives exec (fs/exec.c, setmax_mm_hiwater_rss).
 */
export function peakMemory() {
  return peakOnLinux() ?? process.resourceUsage().maxRSS * 1024
}

function peakOnLinux() {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}

/** From now on the most memory is counted anew, on Linux (proc(5), clear_refs); elsewhere it stays what it was. */
export function forgetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Not Linux, or not allowed: what is told then is the most of all cases so far.
  }
}

import { readFileSync } from 'node:fs'
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

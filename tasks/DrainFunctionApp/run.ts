import type { Report } from '../../core/report/report.ts'
import type { AppModeDeps } from './app-mode-slot.ts'
import { fence } from './fence.ts'
import { release } from './release.ts'
import { resumeApp } from './resume.ts'
import { signalApp } from './signal.ts'
import { status } from './status.ts'
import type { DrainWanted } from './wanted.ts'

/** Keeps an app from starting new work, each action in its own way. */
export async function drainFunctionApp(wanted: DrainWanted, deps: AppModeDeps, signal: AbortSignal): Promise<Report> {
  switch (wanted.action) {
    case 'fence':
      return await fence(wanted, deps, signal)
    case 'release':
      return await release(wanted, deps, signal)
    case 'signal':
      return await signalApp(wanted, deps, signal)
    case 'resume':
      return await resumeApp(wanted, deps, signal)
    case 'status':
      return await status(wanted, deps, signal)
  }
}

// A deployment of which one task is struck at one point and run again with the same inputs, as in a rerun of its job.
import type { Finding } from '../suite.ts'
import { Child } from './child.ts'
import { differenceOf, endStateOf } from './end-state.ts'
import type { Ran } from './job.ts'
import { Job, taskNames } from './job.ts'
import { afterTask } from './plan.ts'
import type { Plan } from './plan.ts'
import type { Point } from './points.ts'
import { isOfTask, labelOf, pointInWords } from './points.ts'
import type { Stage } from './stage.ts'

export type Strike = {
  readonly point: Point
  readonly signal: NodeJS.Signals
  /** `held`: the request at which it is struck is never answered. `goesOn`: it is, as if nothing had been. */
  readonly request: 'held' | 'goesOn'
  /** What is wrong with how the struck task ended, if anything. */
  judge(run: Ran): string | undefined
  readonly mutant?: Mutant
}

/** A broken product, which a suite must catch: it asks for a swap again without looking, or is green whatever came. */
export type Mutant = 'swapsAgain' | 'alwaysGreen'

export type Interrupted = { readonly finding: Finding; readonly struck: Ran | undefined }

/** Whatever becomes of the struck task: run again, the deployment must come to where it comes uninterrupted. */
export async function playInterrupted(plan: Plan, strike: Strike): Promise<Interrupted> {
  const { task: begin } = strike.point
  const stage = await plan.stageBefore(begin)
  const job = Job.at(stage, begin)
  let struck: Ran | undefined
  const problems: string[] = []
  const first = await runStruck(stage, job, strike)
  if (first.child.wasStruck) {
    struck = first
    const problem = strike.judge(first)
    if (problem !== undefined) problems.push(problem)
  }
  if (strike.mutant === 'swapsAgain') await stage.swapBlindly()
  for (const task of taskNames.slice(taskNames.indexOf(begin))) {
    const run = await job.run(task)
    if (!run.result.startsWith('Succeeded')) {
      problems.push(`${task} ${task === struck?.task ? 'run again' : ''} said: ${run.message || run.log.slice(-300)}`)
      break
    }
    await afterTask(stage, task)
  }
  const difference = differenceOf(plan.endState, await endStateOf(stage))
  if (difference !== undefined) problems.push(difference)
  if (problems.length === 0) return { finding: { ok: true }, struck }
  return {
    finding: { ok: false, because: `${strike.signal} ${pointInWords(strike.point)}: ${problems.join('; ')}` },
    struck,
  }
}

async function runStruck({ world }: Stage, job: Job, { point, signal, request, mutant }: Strike): Promise<Ran> {
  const child = new Child()
  let seen = 0
  const fault = world.azure.faults.add({
    times: 1,
    when: point.when,
    only: (call) => isOfTask(call) && labelOf(call) === point.label && ++seen === point.nth,
    onStrike: () => child.strike(signal),
    action: { kind: request === 'held' ? 'stall' : 'pass' },
  })
  try {
    return await job.run(point.task, { child, ...(mutant === 'alwaysGreen' && { alwaysGreen: true }) })
  } finally {
    fault.remove()
  }
}

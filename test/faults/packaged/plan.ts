// What an uninterrupted deployment asks and leaves: the points at which others are struck, and what they must come to.
import type { Fault } from '../../../emulator/http/faults.ts'
import type { EndState } from './end-state.ts'
import { endStateOf } from './end-state.ts'
import type { Ran } from './job.ts'
import { Job, taskNames } from './job.ts'
import type { Point } from './points.ts'
import { isOfTask, labelOf, pointsOf } from './points.ts'
import type { Stage } from './stage.ts'
import type { World } from './world.ts'

export type Plan = {
  readonly points: readonly Point[]
  readonly endState: EndState
}

/** Plays the deployment once. Throws where it does not go well by itself. */
export async function planFor(world: World): Promise<Plan> {
  const stage = await world.stage()
  const job = new Job(stage)
  const points: Point[] = []
  for (const task of taskNames) {
    const labels: string[] = []
    const watch = world.azure.faults.add(watching((label) => void labels.push(label)))
    const run = await job.run(task)
    watch.remove()
    if (run.result !== 'Succeeded') throw new Error(`${task} did not succeed by itself: ${run.message}\n${run.log}`)
    points.push(...pointsOf(task, labels))
    await afterTask(stage, run)
  }
  return { points, endState: await endStateOf(stage) }
}

/** The deploy step follows RotateTaskHub. */
export async function afterTask(stage: Stage, { task }: Pick<Ran, 'task'>): Promise<void> {
  if (task === 'RotateTaskHub') await stage.deploy()
}

/** A fault that never strikes and hears of every request of the tasks. */
function watching(hear: (label: string) => void): Fault {
  return {
    action: { kind: 'pass' },
    only: (call) => {
      if (isOfTask(call)) hear(labelOf(call))
      return false
    },
  }
}

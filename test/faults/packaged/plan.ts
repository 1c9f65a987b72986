// What an uninterrupted deployment asks and leaves: the points at which others are struck, and what they must come to.
import type { Fault } from '../../../emulator/http/faults.ts'
import { agreed } from '../runner/shared.ts'
import type { EndState } from './end-state.ts'
import { differenceOf, endStateOf } from './end-state.ts'
import { Job, taskNames } from './job.ts'
import type { Point } from './points.ts'
import { isOfTask, labelOf, pointsOf } from './points.ts'
import type { Stage } from './stage.ts'
import type { Start } from './start.ts'
import { beforeDeployment, standing, startWith } from './start.ts'
import type { TaskName, World } from './world.ts'

export type TaskPlan = {
  readonly points: readonly Point[]
  /** What its requests are called, in order. */
  readonly labels: readonly string[]
  /** How things stand when it has ended, and the deploy step after RotateTaskHub. */
  readonly endState: EndState
}

export type Plan = {
  readonly tasks: Readonly<Record<TaskName, TaskPlan>>
  readonly points: readonly Point[]
  readonly endState: EndState
  /** A new stage on which the tasks before this one have done their work. */
  readonly stageBefore: (task: TaskName) => Promise<Stage>
}

/** Plays the deployment once. Throws where it does not go well by itself. */
export async function planFor(world: World): Promise<Plan> {
  const stage = await world.stage(beforeDeployment)
  const job = new Job(stage)
  const tasks: Partial<Record<TaskName, TaskPlan>> = {}
  const starts: Partial<Record<TaskName, Start>> = {}
  for (const task of taskNames) {
    starts[task] = await standing(stage)
    const labels: string[] = []
    const watch = world.azure.faults.add(watching((label) => void labels.push(label)))
    const run = await job.run(task)
    watch.remove()
    if (run.result !== 'Succeeded') throw new Error(`${task} did not succeed by itself: ${run.message}\n${run.log}`)
    await afterTask(stage, task)
    // How often a wait asks differs by one now and then, and a number must name the same case in all processes.
    const told = await agreed(`requests-of-${task}`, labels)
    tasks[task] = { labels: told, points: pointsOf(task, told), endState: await endStateOf(stage) }
  }
  const plans = all(tasks)
  const plan: Plan = {
    tasks: plans,
    points: taskNames.flatMap((task) => plans[task].points),
    endState: plans.CleanupTaskHub.endState,
    stageBefore: (task) => world.stage((account) => startWith(all(starts)[task], stage.account, account)),
  }
  await checkStarts(plan)
  return plan
}

/** The deploy step follows RotateTaskHub. */
export async function afterTask(stage: Stage, task: TaskName): Promise<void> {
  if (task === 'RotateTaskHub') await stage.deploy()
}

/** A stage that is set between two tasks must be what the task before leaves. */
async function checkStarts({ tasks, stageBefore }: Plan): Promise<void> {
  const pairs = [
    ['SlotSwap', tasks.RotateTaskHub],
    ['CleanupTaskHub', tasks.SlotSwap],
  ] as const
  for (const [task, before] of pairs) {
    const difference = differenceOf(before.endState, await endStateOf(await stageBefore(task)))
    if (difference !== undefined) throw new Error(`the stage before ${task} is not set as it should be: ${difference}`)
  }
}

function all<T>(found: Partial<Record<TaskName, T>>): Record<TaskName, T> {
  const { RotateTaskHub, SlotSwap, CleanupTaskHub } = found
  if (!RotateTaskHub || !SlotSwap || !CleanupTaskHub) throw new Error('a task was not played')
  return { RotateTaskHub, SlotSwap, CleanupTaskHub }
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

// One mishap to one kind of request of one task, once, some times or always; then the task is run again without it.
import type { Finding } from '../suite.ts'
import { Child } from './child.ts'
import { differenceOf, endStateOf } from './end-state.ts'
import { Job } from './job.ts'
import type { Mishap } from './mishaps.ts'
import { mishaps } from './mishaps.ts'
import type { Plan, TaskPlan } from './plan.ts'
import { afterTask } from './plan.ts'
import { isChange, isOfTask, kindOf, labelOf } from './points.ts'
import { wrongEnding, wrongWith } from './verdict.ts'
import type { TaskName, World } from './world.ts'
import { taskNames } from './job.ts'

export type MixedCase = {
  readonly task: TaskName
  /** Of requests. */
  readonly kind: string
  readonly mishap: Mishap
  readonly times: number
  /** How many requests of the kind go well first. */
  readonly skip: number
  /** A broken task, which is green whatever came. */
  readonly alwaysGreen?: true
}

/** No wait of the struck task is longer than this would be in the full deployment; two minutes are six real seconds. */
const inputs: Readonly<Record<TaskName, Readonly<Record<string, string>>>> = {
  RotateTaskHub: {},
  SlotSwap: { timeoutInMinutes: '3' },
  CleanupTaskHub: {},
}

const oftens = [1, 3, Infinity]

/** What each task asks when nothing goes wrong. */
type Requests = Readonly<Record<TaskName, Pick<TaskPlan, 'labels'>>>

/** Every mishap to every kind of request that it can happen to, each in one of the tasks that make such requests. */
export function mixedCases(asking: Requests): readonly MixedCase[] {
  const kinds = new Map<string, TaskName[]>()
  for (const task of taskNames) {
    for (const kind of new Set(asking[task].labels.map(kindOf))) kinds.set(kind, [...(kinds.get(kind) ?? []), task])
  }
  const sorted = [...kinds].sort(([left], [right]) => (left < right ? -1 : 1))
  return sorted.flatMap(([kind, tasks], row) =>
    mishaps
      .filter((mishap) => canHappenTo(mishap, kind))
      .map((mishap, column) => {
        // Each digit of the number goes through its own values, so that each task meets each of the others.
        const digit = digitsOf(row + column)
        const task = tasks[digit(tasks.length)] ?? 'RotateTaskHub'
        const times = oftens[digit(oftens.length)] ?? 1
        const asked = asking[task].labels.filter((label) => kindOf(label) === kind).length
        // After a request that is made once nothing is left to strike.
        const skip = asked > 1 ? digit(2) : 0
        return { kind, mishap, task, times, skip }
      }),
  )
}

/** The lowest digit of what is left of a number, in a base that may be another one for each. */
function digitsOf(number: number): (base: number) => number {
  let left = number
  return (base) => {
    const digit = left % base
    left = (left - digit) / base
    return digit
  }
}

export async function playMixed(
  world: World,
  plan: Plan,
  { task, kind, mishap, times, skip, alwaysGreen }: MixedCase,
): Promise<{
  readonly finding: Finding
  readonly peakBytes: number
}> {
  const stage = await plan.stageBefore(task)
  const job = Job.at(stage, task)
  const problems: string[] = []
  let seen = 0
  const fault = world.azure.faults.add({
    ...{ times, when: mishap.when, action: mishap.action },
    only: (call) => isOfTask(call) && kindOf(labelOf(call)) === kind && ++seen > skip,
  })
  const child = new Child()
  const struck = await job.run(task, { child, inputs: inputs[task], ...(alwaysGreen && { alwaysGreen }) })
  fault.remove()
  await stage.calm()
  const wrong = await wrongWith(struck, stage)
  if (wrong !== undefined) problems.push(wrong)

  const again = struck.reported === 'Failed' ? await job.run(task) : struck
  if (again.reported === 'Failed') problems.push(`run again it said: ${again.message} (before: ${struck.message})`)
  const wrongAgain = wrongEnding(again)
  if (wrongAgain !== undefined) problems.push(`run again ${wrongAgain}`)
  await afterTask(stage, task)
  const difference = differenceOf(plan.tasks[task].endState, await endStateOf(stage))
  if (difference !== undefined && problems.length === 0) problems.push(`${difference} (it said: ${struck.message})`)
  const often = times === Infinity ? 'always' : `${times} times`
  const what = `${mishap.name}, ${often} after ${skip}, to ${kind} of ${task}`
  return {
    finding: findingOf(what, problems, fault.struck() > 0),
    peakBytes: Math.max(child.peakBytes ?? 0, again.child.peakBytes ?? 0),
  }
}

function findingOf(what: string, problems: readonly string[], struck: boolean): Finding {
  if (problems.length > 0) return { ok: false, because: `${what}: ${problems.join('; ')}` }
  return struck ? { ok: true } : { ok: true, notReached: `${what}: it struck nothing` }
}

function canHappenTo({ to }: Mishap, kind: string): boolean {
  if (to === 'operations') return /slotsswap|operationresults/.test(kind)
  return to === undefined || (to === 'changes') === isChange(kind)
}

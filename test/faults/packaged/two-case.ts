// Two whole deployments of the same app beside each other, as two pipelines without a common gate start them.
import type { DeploymentRecord } from '../../../core/record/record.ts'
import { realDelay } from '../hurry.ts'
import type { Finding } from '../suite.ts'
import type { Ran } from './job.ts'
import { Job, taskNames } from './job.ts'
import { afterTask } from './plan.ts'
import type { Plan } from './plan.ts'
import type { Stage } from './stage.ts'
import { wrongEnding } from './verdict.ts'

export type TwoCase = {
  /** The second one begins so many real milliseconds after the first. */
  readonly laterMs: number
  /** Whether each waits for the lock of the other, or is refused. */
  readonly waits: boolean
  readonly skewMs: readonly [number, number]
}

/** One after the other, or one and none: their changes never mix, and the slots are as the green ones said. */
export async function playTwo(plan: Plan, { laterMs, waits, skewMs }: TwoCase): Promise<Finding> {
  const stage = await plan.stageBefore('RotateTaskHub')
  const deploy = async (buildId: string, skew: number, delayMs: number) => {
    await realDelay(delayMs)
    return await deployment(stage, buildId, { skewMs: skew, waits })
  }
  const [first, second] = await Promise.all([deploy('2', skewMs[0], 0), deploy('3', skewMs[1], laterMs)])
  await stage.calm()
  const record = await stage.readRecord()
  const problems = [...first, ...second].map(wrongEnding).filter((problem) => problem !== undefined)
  problems.push(...problemsOf(stage, [first, second], record))
  if (problems.length === 0) return { ok: true }
  const told = [...first, ...second].map(({ task, message }) => `${task}: ${message}`).join(' | ')
  return { ok: false, because: `two deployments beside each other: ${problems.join('; ')} (${told})` }
}

async function deployment(stage: Stage, buildId: string, how: { skewMs: number; waits: boolean }): Promise<Ran[]> {
  const job = new Job(stage, { buildId })
  const runs: Ran[] = []
  for (const task of taskNames) {
    const inputs = {
      ...(how.waits && { waitForLockInMinutes: '60' }),
      ...(task === 'RotateTaskHub' && { requireIdle: 'false' }),
    }
    const run = await job.run(task, { skewMs: how.skewMs, inputs })
    runs.push(run)
    if (run.reported === 'Failed') return runs
    await afterTask(stage, task)
  }
  return runs
}

function problemsOf(stage: Stage, jobs: readonly (readonly Ran[])[], record: DeploymentRecord | undefined): string[] {
  const problems: string[] = []
  const { app } = stage
  const hubs = [app.slot(), app.slot('staging')].map((slot) => slot.settings['TaskHubName'] ?? '')
  const swapped = jobs.filter((runs) =>
    runs.some(({ task, outputs }) => task === 'SlotSwap' && outputs['swapped'] === 'true'),
  )
  if (swapped.length === 0) problems.push('neither has swapped')
  if (stage.swaps() !== swapped.length || stage.acceptedSwaps() !== swapped.length) {
    problems.push(`${stage.swaps()} swaps were made and ${swapped.length} were told`)
  }
  if (hubs[0] === hubs[1]) problems.push(`both slots have the hub '${String(hubs[0])}'`)
  const mixed = changesOf(record).find(([, [rotated, next]]) => rotated !== next)
  if (mixed) problems.push(`between ${mixed[0]} another run changed the app`)
  return problems
}

/** What each swap of the record was preceded by: the rotation of the same run, and nothing else. */
function changesOf(record: DeploymentRecord | undefined): [string, [string, string]][] {
  const changes = (record?.audit ?? []).filter(({ action }) => action === 'rotate' || action === 'swap')
  return changes.flatMap(({ action, by }, at) =>
    action === 'swap'
      ? [[`the rotation and the swap of run ${by.run}`, [changes[at - 1]?.by.run ?? 'none', by.run]]]
      : [],
  )
}

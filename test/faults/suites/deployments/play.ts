import type { Call } from '../../../../emulator/http/call.ts'
import type { Ended, RunTask, TaskName } from '../../sockets/tasks.ts'
import type { Seeded } from '../../sockets/seeded.ts'
import type { Strike } from '../../sockets/transient.ts'
import { transient } from '../../sockets/transient.ts'
import type { World } from '../../sockets/world.ts'
import type { Finding } from '../../suite.ts'
import { finalFault } from './final-faults.ts'
import type { Round, Rounds } from './rounds.ts'
import { wrongHubs } from './rounds.ts'

export type Weather = {
  readonly random: Seeded
  /** Of all requests. */
  readonly share: number
  /** Also faults after which a task must give up: refusals, pages, answers that cannot be read. */
  readonly anyKind: boolean
  readonly run: RunTask
}

export type Played = {
  readonly finding: Finding
  readonly struck: number
  /** Tasks that failed and were run again without faults. */
  readonly again: number
  readonly why: string
}

type Step = { readonly task: TaskName; readonly inputs: (round: Round) => Readonly<Record<string, string>> }

const steps: readonly Step[] = [
  {
    task: 'CheckNoRunningOrchestrations',
    inputs: () => ({ slotName: 'staging', evidence: 'storage', timeoutInMinutes: '5' }),
  },
  { task: 'RotateTaskHub', inputs: ({ next }) => ({ slotName: 'staging', taskHubName: next }) },
  { task: 'SlotSwap', inputs: ({ next }) => ({ taskHubName: next }) },
  { task: 'CleanupTaskHub', inputs: ({ retired }) => ({ taskHubName: retired }) },
]

/** One deployment from its beginning to its end: a task that fails is run again, without faults, and must then succeed. */
export async function playDeployment(world: World, rounds: Rounds, weather: Weather): Promise<Played> {
  const round = await rounds.next()
  const swapsBefore = world.swaps()
  const problems: string[] = []
  let again = 0
  let why = ''
  for (const { task, inputs } of steps) {
    world.board.decide = (call) => strikeOf(weather, call)
    let ended = await weather.run(world, task, inputs(round), round.build)
    world.board.decide = undefined
    problems.push(...(await wrong(world, rounds, { round, task, ended })))
    if (ended.result === 'failed') {
      again += 1
      why = `${task}: ${ended.message}`
      ended = await weather.run(world, task, inputs(round), round.build)
      problems.push(...(await wrong(world, rounds, { round, task, ended })).map((text) => `run again, ${text}`))
      if (ended.result === 'failed') problems.push(`run again, ${task} failed too: ${ended.message} (before: ${why})`)
    }
    if (problems.length > 0) break
    if (task === 'RotateTaskHub') world.app.slot('staging').worker.contentDir = 'v3'
  }
  const swaps = world.swaps() - swapsBefore
  // A swap that is taken back, because the target was not healthy for all that could be seen, is two.
  const isOdd = swaps % 2 === 1
  if (problems.length === 0 && (weather.share > 0.05 ? !isOdd : swaps !== 1)) problems.push(`${swaps} swaps were made`)
  const struck = world.board.asked.filter((each) => each.struck).length
  const finding: Finding = problems.length === 0 ? { ok: true } : { ok: false, because: problems.join('; ') }
  return { finding, struck, again, why }
}

function strikeOf({ random, share, anyKind }: Weather, call: Call): Strike | undefined {
  if (!random.chance(share)) return undefined
  return anyKind && random.chance(0.3) ? finalFault(random, call) : transient(random, call)
}

type Ending = { readonly round: Round; readonly task: TaskName; readonly ended: Ended }

/** What is not as the task says, or should never be. */
async function wrong(world: World, rounds: Rounds, { round, task, ended }: Ending): Promise<string[]> {
  const stands = await world.stands()
  const { production, staging } = stands
  const done = ended.result !== 'failed'
  const problems = wrongHubs(await rounds.parts(), round, done && task === 'CleanupTaskHub')
  const before = production.hub === round.current && production.version === 'v2'
  const after = production.hub === round.next && production.version === 'v3'
  if (!before && !after) problems.push('production runs neither version with its own hub')
  if (after && (staging.hub !== round.current || staging.version !== 'v2'))
    problems.push('staging has lost the old version')
  if (after && task !== 'SlotSwap' && task !== 'CleanupTaskHub') problems.push('production was changed before the swap')
  if (done && task === 'RotateTaskHub' && staging.hub !== round.next) problems.push('staging has not got its hub')
  if (done && task === 'SlotSwap' && !after) problems.push('production does not run the new version')
  if (task === 'CleanupTaskHub' && !after) problems.push('production was changed after the swap')
  if (ended.message.includes('This is a bug')) problems.push(ended.message)
  if (problems.length === 0) return []
  return [`${task} ${ended.result} (${ended.message}): ${problems.join(', ')}: ${JSON.stringify(stands)}`]
}

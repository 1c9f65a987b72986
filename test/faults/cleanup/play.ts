import { Cancelled } from '../../../core/failures.ts'
import type { Report } from '../../../core/report/report.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import type { CleanupWanted } from '../../../tasks/CleanupTaskHub/wanted.ts'
import type { Deps } from '../../../tasks/deps.ts'
import { Random } from '../../model/random.ts'
import { depsOf } from '../ports/deps.ts'
import type { Call, Fortune } from '../ports/execution.ts'
import { Execution } from '../ports/execution.ts'
import type { World } from '../ports/world.ts'
import { flipping, randomFlips, type Flip } from './flips.ts'
import type { Asked, Inventory } from './inventory.ts'
import { accountsOf, hourMs, randomInventory, staging } from './inventory.ts'
import { Judge, keyOf } from './judge.ts'
import { expectedFates } from './truth.ts'

export type Story = (wanted: CleanupWanted, deps: Deps, signal: AbortSignal) => Promise<Report>

/** How one execution ended. */
type End =
  | { readonly kind: 'report'; readonly report: Report; readonly run: string }
  | { readonly kind: 'refused' | 'cancelled' | 'killed' | 'broken'; readonly message: string }

export type Played = {
  readonly problems: readonly string[]
  readonly kind: 'calm' | 'flips' | 'troubles'
  readonly hubs: number
  readonly deleted: number
  readonly unseen: readonly string[]
  readonly reborn: number
}

/** One inventory from its seed; `story` is the task's own unless a mutant is to be found out. */
export async function playCleanup(seed: number, story: Story = cleanupTaskHub): Promise<Played> {
  const random = new Random(seed)
  const inventory = randomInventory(random)
  const kind = random.pick(['calm', 'calm', 'flips', 'flips', 'flips', 'troubles'] as const)
  const flips = kind === 'flips' || (kind === 'troubles' && random.chance(0.5)) ? randomFlips(random, inventory) : []
  const judge = new Judge(inventory)
  const expected = expectedFates(inventory)
  const { world } = inventory
  world.witness = flipping(flips, judge.witness())

  const chance = kind === 'troubles' ? troubled(random) : quick(random)
  const first = await execute({
    inventory,
    story,
    name: 'first',
    chance,
    clockErrorMs: random.whole(-300_000, 300_000),
  })
  const problems = [...judge.problems]
  if (kind === 'calm') problems.push(...compare(inventory, expected, first))
  problems.push(...truthOf(inventory, judge, first))
  if (kind === 'troubles') problems.push(...(await finish(inventory, story, judge, flips)))
  return {
    problems: [...new Set([...problems, ...judge.problems])],
    kind,
    hubs: inventory.asked.length,
    deleted: judge.begun.size,
    unseen: judge.unseen,
    reborn: judge.reborn,
  }
}

/** What a run that was cut off has begun, a rerun finishes, unless something stands in the way by now. */
async function finish(
  inventory: Inventory,
  story: Story,
  judge: Judge,
  flips: readonly Flip[],
): Promise<readonly string[]> {
  const { world } = inventory
  await world.time.pass(() => false, { until: world.now + 10 * 60_000, mostEvents: 10_000 })
  world.time.now += 10 * 60_000
  if (flips.length > 0) return []
  world.witness = judge.witness()
  const again = { ...inventory, wanted: { ...inventory.wanted, keepLast: 0 } }
  const chance = quick(new Random(1))
  const end = await execute({ inventory: again, story, name: 'again', chance, clockErrorMs: 0 })
  const problems = [...truthOf(inventory, judge, end)]
  for (const [hub, life] of judge.begun) {
    const left = life && hub.account.partsLeftOf(life)
    if (left && left.length > 0) problems.push(`a rerun left ${left.join(', ')} of hub '${hub.name}': ${inWords(end)}`)
  }
  return problems
}

/** What the task told must be so, whatever happened. */
function truthOf({ world, own, asked, wanted, refused }: Inventory, judge: Judge, end: End): readonly string[] {
  if (end.kind === 'broken') return [`it broke: ${end.message}`]
  if (refused !== undefined && end.kind === 'report') return [`it did not refuse (${refused}): ${end.report.message}`]
  if (end.kind !== 'report') return []
  const problems: string[] = []
  const told = { deleted: entries(end.report, 'deletedTaskHubs'), kept: entries(end.report, 'keptTaskHubs') }
  for (const hub of asked) {
    const key = keyOf(hub)
    const life = judge.begun.get(hub)
    // One that is gone everywhere is told in the first account.
    const elsewhere = [...told.deleted].find(([other]) => other.endsWith(`/${hub.name.toLowerCase()}`))?.[1]
    const state = told.deleted.get(key) ?? told.kept.get(key) ?? (elsewhere === 'absent' ? elsewhere : undefined)
    // What an earlier run has entered as deleted or absent is no longer asked for; an account that no readable
    // slot uses is not looked into.
    const isEntered =
      wanted.typed === undefined &&
      ((end.run === 'again' && !isThere(hub)) || !accountsOf(world, own).includes(hub.account))
    if (state === undefined && !isEntered) problems.push(`hub '${hub.name}' is in no output`)
    if (state === 'deleted' && life) {
      const left = hub.account.partsLeftOf(life)
      if (left.length > 0) problems.push(`hub '${hub.name}' is told as deleted and has ${left.join(', ')}`)
    }
    if (state === 'deleted' && !judge.begun.has(hub)) problems.push(`hub '${hub.name}' is told as deleted and was not`)
    if (state === 'kept' && judge.begun.has(hub)) problems.push(`hub '${hub.name}' is told as kept and was deleted`)
  }
  const isHeld = [...told.kept.values()].includes('held back')
  if ((end.report.result === 'failed') !== isHeld) problems.push(`result ${end.report.result}, held back: ${isHeld}`)
  return problems
}

function isThere({ account, name }: Asked): boolean {
  const life = account.life(name)
  return life !== undefined && account.partsLeftOf(life).length > 0
}

function compare({ asked, refused }: Inventory, expected: readonly string[], end: End): readonly string[] {
  if (end.kind !== 'report') return refused === undefined ? [`it ended otherwise: ${end.message}`] : []
  const told = new Map([...entries(end.report, 'deletedTaskHubs'), ...entries(end.report, 'keptTaskHubs')])
  return asked.flatMap((hub, index) => {
    const want = expected[index] === 'held' ? 'held back' : expected[index]
    const got = told.get(keyOf(hub))
    return got === want ? [] : [`hub '${hub.name}' became '${got}' and had to be '${want}' (${end.report.message})`]
  })
}

function entries(report: Report, output: string): Map<string, string> {
  const list = JSON.parse(report.outputs[output] ?? '[]') as { taskHub: string; state: string }[]
  return new Map(list.map(({ taskHub, state }) => [taskHub.toLowerCase(), state]))
}

function inWords(end: End): string {
  return end.kind === 'report' ? end.report.message : `${end.kind}: ${end.message}`
}

type Start = {
  readonly inventory: Inventory
  readonly story: Story
  readonly name: string
  readonly chance: (call: Call) => Fortune
  readonly clockErrorMs: number
}

async function execute({ inventory, story, name, chance, clockErrorMs }: Start): Promise<End> {
  const { world, wanted } = inventory
  const execution = new Execution(name, { time: world.time, witness: relay(world) }, { clockErrorMs, chance })
  const deps = depsOf(world, execution, {
    id: 'run 7',
    run: '7',
    project: 'shop',
    link: `https://dev.example.net/${name}`,
  })
  let end: End | undefined
  story(cleanupWanted(wanted), deps, execution.signal).then(
    (report) => (end = { kind: 'report', report, run: name }),
    (error: unknown) => (end = endOf(error)),
  )
  const isOver = () => end !== undefined || execution.state === 'killed'
  const course = await world.time.pass(isOver, { until: world.now + 48 * hourMs, mostEvents: 20_000 })
  if (end) return end
  return execution.state === 'killed'
    ? { kind: 'killed', message: 'killed' }
    : { kind: 'broken', message: `never ended: ${course}` }
}

/** The witness of the world may change between two executions. */
function relay(world: World): World['witness'] {
  return {
    sent: (execution, call) => world.witness.sent?.(execution, call),
    before: (execution, call) => world.witness.before?.(execution, call),
    after: (execution, call) => world.witness.after?.(execution, call),
  }
}

function endOf(error: unknown): End {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Cancelled) return { kind: 'cancelled', message }
  if (error instanceof Error && ['Refusal', 'AzureFailure'].includes(error.name)) return { kind: 'refused', message }
  return { kind: 'broken', message: error instanceof Error ? (error.stack ?? message) : message }
}

function cleanupWanted({ typed, lock, keepLast, minimumAgeMs, policy }: Inventory['wanted']): CleanupWanted {
  return {
    ...{ azureSubscription: 'shop-connection', appName: 'shop', resourceGroupName: 'shop-rg', slotName: staging },
    ...{ taskHubSetting: 'TaskHubName', storageSetting: 'AzureWebJobsStorage' },
    ...{ taskHubs: typed ?? [], keepLast, minimumAgeMs, policy, lock, dryRun: false },
  }
}

function quick(random: Random): (call: Call) => Fortune {
  return () => ({
    fate: 'answered',
    suspendedMs: 0,
    asleepMs: 0,
    toEffectMs: random.whole(5, 60),
    toReplyMs: random.whole(5, 60),
  })
}

/** Calls that fail or lose their reply, and perhaps an end in the midst of it. */
function troubled(random: Random): (call: Call) => Fortune {
  const share = random.pick([0.02, 0.1, 0.3])
  const endsAt = random.chance(0.6) ? random.whole(1, 80) : undefined
  const then = random.pick(['kill', 'cancel'] as const)
  let calls = 0
  return ({ mutates }) => {
    const isTrouble = random.chance(mutates ? share : share / 4)
    return {
      fate: isTrouble ? random.pick(['lostBefore', 'lostAfter', 'refused'] as const) : 'answered',
      suspendedMs: 0,
      asleepMs: 0,
      toEffectMs: random.whole(5, 60),
      toReplyMs: random.whole(5, 60),
      ...(++calls === endsAt ? { then } : {}),
    }
  }
}

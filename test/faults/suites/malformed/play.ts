// One case: a task, one of its calls, and a malformed answer to it each time it is made. Then what the task said and did is judged.
import type { Call, Reply } from '../../../../emulator/http/call.ts'
import { Seeded } from '../../sockets/seeded.ts'
import type { Asked } from '../../sockets/switchboard.ts'
import type { Ended, RunTask } from '../../sockets/tasks.ts'
import type { World } from '../../sockets/world.ts'
import type { Finding } from '../../suite.ts'
import type { CallKind } from './calls.ts'
import { callOf } from './calls.ts'
import type { Malformed } from './malform.ts'
import { malformer } from './malform.ts'
import type { Scene, Storeroom } from './scenes.ts'
import { scenes } from './scenes.ts'

export type Case = { readonly scene: Scene; readonly call: CallKind; readonly kind: string; readonly random: Seeded }

export type Stage = {
  readonly world: World
  readonly storeroom: Storeroom
  readonly run: RunTask
  /** Told of each malformed answer. */
  readonly onAnswer?: () => void
}

export type Played = {
  readonly finding: Finding
  /** The case in a few words. */
  readonly told: string
  /** Something malformed was answered; `certain` as malform.ts has it. */
  readonly struck: boolean
  readonly certain: boolean
  readonly succeeded: boolean
}

/** The calls of a scene, as it plays when nothing is wrong. Throws where it does not end as it must. */
export async function callsOf({ world, storeroom, run }: Stage, scene: Scene): Promise<readonly string[]> {
  await storeroom.restore(scene)
  world.board.decide = (call, kind) => refusedBridge(scene, call, kind)
  const ended = await run(world, scene.task, scene.inputs)
  world.board.decide = undefined
  if (scene.held === (ended.result !== 'failed')) throw new Error(`'${scene.name}' ${ended.result}: ${ended.message}`)
  return [...new Set(world.board.asked.filter(({ struck }) => !struck).map(({ kind }) => kind))]
}

export async function play({ world, storeroom, run, onAnswer }: Stage, drawn: Case): Promise<Played> {
  const { scene, call: kindOfCall, random } = drawn
  await storeroom.restore(scene)
  const swapsBefore = world.swaps()
  const malform = malformer(kindOfCall.shape, random)
  const given: Malformed[] = []
  world.board.decide = (call, kind) => {
    if (!isSame(drawn, kind)) return refusedBridge(scene, call, kind)
    const change = (reply: Reply): Reply => {
      const made = malform(reply, call)
      given.push(made)
      onAnswer?.()
      return made.reply
    }
    return { when: 'after', action: { kind: 'rewrite', change } }
  }
  const ended = await run(world, scene.task, scene.inputs)
  world.board.decide = undefined
  await world.settled()
  const swaps = world.swaps() - swapsBefore
  const problems = await judge(world, storeroom, { drawn, ended, given, swaps })
  const [first] = given
  const told = `${scene.name}; ${drawn.kind}; ${first?.what ?? 'not asked'}`
  return {
    finding: findingOf(told, problems, first !== undefined),
    told,
    struck: first !== undefined,
    certain: first?.certain === true && roleOf(drawn) === 'evidence',
    succeeded: ended.result !== 'failed',
  }
}

function findingOf(told: string, problems: readonly string[], struck: boolean): Finding {
  if (problems.length > 0) return { ok: false, because: `${told}: ${problems.join('; ')}` }
  return struck ? { ok: true } : { ok: true, notReached: told }
}

type Seen = {
  readonly drawn: Case
  readonly ended: Ended
  readonly given: readonly Malformed[]
  readonly swaps: number
}

async function judge(world: World, storeroom: Storeroom, { drawn, ended, given, swaps }: Seen): Promise<string[]> {
  const { scene, call } = drawn
  const role = roleOf(drawn)
  const { result, message } = ended
  const problems: string[] = []
  const [first] = given
  if (first === undefined) return result === 'failed' && !scene.held ? [`failed: ${message}`] : []
  if (message.includes('This is a bug')) problems.push(message)
  if (result !== 'failed') {
    if (scene.held) problems.push(`succeeded: ${message}`)
    if (first.certain && role === 'evidence') problems.push(`succeeded in spite of it: ${message}`)
    problems.push(...(await wrongState(world, storeroom, scene, swaps)))
    return problems
  }
  const after = mutationsAfter(world.board.asked, first.certain ? 'first' : 'last')
  if (after.length > 0 && role === 'evidence') problems.push(`afterwards it asked for: ${after.join(', ')}`)
  if (scene.held && swaps > 0) problems.push(`${swaps} swaps`)
  if (message.includes('\n') || message.length > 900) problems.push(`not one sentence: ${message}`)
  // What runs is a reason of its own, and was seen before the answer that could not be read, or beside it.
  const isNamed = call.named.test(message) || (scene.held && / is busy/.test(message))
  if (first.certain && role === 'evidence' && !isNamed) problems.push(`does not name the call: ${message}`)
  return problems
}

async function wrongState(world: World, storeroom: Storeroom, scene: Scene, swaps: number): Promise<string[]> {
  const stands = JSON.stringify(await world.stands())
  const wrong: string[] = []
  if (stands !== JSON.stringify(scene.wanted)) wrong.push(`succeeded, and the slots stand so: ${stands}`)
  if (swaps !== (scene.task === 'SlotSwap' ? 1 : 0)) wrong.push(`succeeded, and ${swaps} swaps were made`)
  const left = await storeroom.left()
  if (left > 0 === (scene.task === 'CleanupTaskHub')) wrong.push(`succeeded, and ${left} parts are left`)
  return wrong
}

/**
 * What was asked for after the first malformed answer, or the last, where the first may have changed what nobody reads and one
 * after it broke the task; the lock is given back in the record, which changes nothing of Azure.
 */
function mutationsAfter(asked: readonly Asked[], which: 'first' | 'last'): string[] {
  const isMalformed = ({ struck, reply }: Asked) => struck && reply === undefined
  const from = which === 'first' ? asked.findIndex(isMalformed) : asked.findLastIndex(isMalformed)
  return asked
    .slice(from + 1)
    .filter(({ mutates, kind }) => mutates && !/^blob PUT .*durable-safe-deployment/.test(kind))
    .map(({ kind }) => kind)
}

/** The same question asked the other way is answered in the same way. */
function isSame({ call, kind }: Case, asked: string): boolean {
  return asked === kind || (call.of === 'host' && call.kind.test(asked))
}

function refusedBridge({ withoutBridge }: Scene, { target }: Call, kind: string) {
  if (withoutBridge !== true || !kind.startsWith('arm GET') || !target.includes('/hostruntime/')) return undefined
  const error = { code: 'AuthorizationFailed', message: 'The client does not have authorization.' }
  const action = { kind: 'status', status: 403, body: JSON.stringify({ error }) } as const
  return { when: 'before', action } as const
}

/**
 * Whether a slot is idle does not rest on the settings of another one; and the share of failed instances after a swap, for which
 * tables are read, has "no data" as an answer of its own.
 */
function roleOf({ scene: { task, inputs, stand }, call, kind }: Omit<Case, 'random'>): CallKind['role'] {
  const isOther = /^arm POST \/sites\/shop\/config\/appsettings\/list$/.test(kind)
  if (isOther && task === 'CheckNoRunningOrchestrations') return 'beside'
  const isProven = 'requireIdle' in inputs && kind.includes(`/${stand.staging.hub}`)
  return task === 'SlotSwap' && kind.startsWith('table GET') && !isProven ? 'beside' : call.role
}

/** Draws a case of the calls of one side; which calls a scene makes is asked of `learn`. */
export async function draw(
  learn: (scene: Scene) => Promise<readonly string[]>,
  sides: readonly CallKind['of'][],
  [seed, index]: readonly [number, number],
): Promise<Case> {
  const random = new Seeded(seed, index)
  for (;;) {
    const scene = random.pick(scenes)
    const kinds = (await learn(scene)).filter((kind) => sides.includes(callOf(kind)?.of ?? 'arm') && callOf(kind))
    if (kinds.length === 0) continue
    const kind = random.pick(kinds)
    const call = callOf(kind)
    if (call) return { scene, call, kind, random }
  }
}

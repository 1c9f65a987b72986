// The wire shape of a status, read on its own: only what is used, each field as the contract has it, texts fit to print.
import { isObject } from '../json.ts'
import { neutralise, remoteText } from '../remote-text.ts'
import type { Counts, Verdict } from '../task-hub/idle-proof/evidence.ts'
import type { InFlight } from '../task-hub/idle-proof/in-flight.ts'
import type { ToldHub } from './ports.ts'

/** Stands in every status, so that no other JSON passes for one. */
export const statusContract = 'durable-functions-safe-deployment/status/1'

const verdicts = ['idle', 'busy', 'unknown'] as const
const allGrounds = ['proof', 'keptProof', 'look', 'event', 'none'] as const
const keptReasons = ['noWorkerSince', 'young'] as const

export type Status = {
  readonly app: string
  readonly slot: string
  readonly taskHub: ToldHub | undefined
  readonly verdict: Verdict
  readonly because: string
  readonly grounds: (typeof allGrounds)[number]
  readonly keptBecause: (typeof keptReasons)[number] | undefined
  readonly lastProof: { readonly provenAt: Date; readonly ageInSeconds: number } | undefined
  readonly counts: Counts
  readonly atLeast: boolean
  readonly inFlightByName: Readonly<Record<string, number>>
  readonly inFlightByVersion: Readonly<Record<string, number>>
  readonly oldest: InFlight | undefined
  readonly notChecked: readonly string[]
  readonly warnings: readonly string[]
}

const longestName = 300
const longestText = 4000
const mostTexts = 100
const mostNames = 10_000

/** A status, or the first thing that it lacks to be one. */
export function readStatus(json: unknown): { readonly status: Status } | { readonly problem: string } {
  try {
    return { status: statusIn(object(json, 'the answer')) }
  } catch (error) {
    if (error instanceof NotTheContract) return { problem: error.message }
    throw error
  }
}

class NotTheContract extends Error {}

type Fields = Readonly<Record<string, unknown>>

function statusIn(json: Fields): Status {
  if (json['contract'] !== statusContract) throw new NotTheContract(`'contract' is not '${statusContract}'`)
  const evidence = object(json['evidence'], 'evidence')
  if (evidence['source'] !== 'storage') throw new NotTheContract("'evidence.source' is not 'storage'")
  return {
    app: text(json['app'], 'app', longestName),
    slot: text(json['slot'], 'slot', longestName),
    taskHub: orNull(json['taskHub'], (value) => hubIn(object(value, 'taskHub'))),
    verdict: oneOf(json['verdict'], 'verdict', verdicts),
    because: remoteText(text(json['because'], 'because', longestText)),
    grounds: oneOf(json['grounds'], 'grounds', allGrounds),
    keptBecause: json['keptBecause'] === undefined ? undefined : oneOf(json['keptBecause'], 'keptBecause', keptReasons),
    lastProof: orNull(json['lastProof'], (value) => proofIn(object(value, 'lastProof'))),
    counts: countsIn(object(json['counts'], 'counts')),
    atLeast: boolean(json['atLeast'], 'atLeast'),
    inFlightByName: numbers(json['inFlightByName'], 'inFlightByName'),
    inFlightByVersion: numbers(json['inFlightByVersion'], 'inFlightByVersion'),
    oldest: orNull(json['oldest'], (value) => instanceIn(object(value, 'oldest'))),
    notChecked: texts(evidence['notChecked'], 'evidence.notChecked'),
    warnings: texts(evidence['warnings'], 'evidence.warnings'),
  }
}

function hubIn({ name, account }: Fields): ToldHub {
  const named = { name: text(name, 'taskHub.name', longestName) }
  return account === undefined ? named : { ...named, account: text(account, 'taskHub.account', longestName) }
}

function proofIn(fields: Fields): NonNullable<Status['lastProof']> {
  const beganAt = time(fields['beganAt'], 'lastProof.beganAt')
  const provenAt = time(fields['provenAt'], 'lastProof.provenAt')
  if (provenAt < beganAt) throw new NotTheContract("'lastProof' ends before it began")
  const age = fields['ageInSeconds']
  if (typeof age !== 'number' || !(age >= 0)) throw new NotTheContract("'lastProof.ageInSeconds' is no number from 0")
  return { provenAt, ageInSeconds: age }
}

function countsIn(fields: Fields): Counts {
  const whole = (name: keyof Counts) => count(fields[name], `counts.${name}`)
  return {
    running: whole('running'),
    pending: whole('pending'),
    suspended: whole('suspended'),
    unclear: whole('unclear'),
    busyEntities: whole('busyEntities'),
    idleEntities: whole('idleEntities'),
    queuedMessages: whole('queuedMessages'),
    leftoverTimers: whole('leftoverTimers'),
    finishedButNotMarked: whole('finishedButNotMarked'),
    ignored: whole('ignored'),
  }
}

function instanceIn(fields: Fields): InFlight {
  const printed = (name: string) => remoteText(text(fields[name], `oldest.${name}`, longestText))
  const createdAt = fields['createdAt']
  return {
    instanceId: printed('instanceId'),
    name: printed('name'),
    version: printed('version'),
    status: printed('status'),
    ...(createdAt === undefined ? {} : { createdAt: time(createdAt, 'oldest.createdAt') }),
  }
}

function object(value: unknown, name: string): Fields {
  if (isObject(value)) return value
  throw new NotTheContract(`${name === 'the answer' ? name : `'${name}'`} is no JSON object`)
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === null ? undefined : read(value)
}

function text(value: unknown, name: string, longest: number): string {
  if (typeof value === 'string' && value.length <= longest) return value
  throw new NotTheContract(`'${name}' is no text of at most ${longest} characters`)
}

function texts(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || value.length > mostTexts) {
    throw new NotTheContract(`'${name}' is no list of at most ${mostTexts} texts`)
  }
  return value.map((each) => remoteText(text(each, name, longestText)))
}

function oneOf<Choice extends string>(value: unknown, name: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((each) => each === value)
  if (choice !== undefined) return choice
  throw new NotTheContract(`'${name}' is none of ${choices.join(', ')}`)
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value
  throw new NotTheContract(`'${name}' is neither true nor false`)
}

function count(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new NotTheContract(`'${name}' is no whole number from 0`)
}

function numbers(value: unknown, name: string): Readonly<Record<string, number>> {
  const entries = Object.entries(object(value, name))
  if (entries.length > mostNames) throw new NotTheContract(`'${name}' has more than ${mostNames} names`)
  return Object.fromEntries(entries.map(([key, each]) => [neutralise(text(key, name, longestText)), count(each, name)]))
}

function time(value: unknown, name: string): Date {
  const isTime = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value) && value.length <= 40
  const date = new Date(isTime ? value : Number.NaN)
  if (!Number.isNaN(date.getTime())) return date
  throw new NotTheContract(`'${name}' is no time`)
}

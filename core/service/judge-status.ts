// What a status of the state service says, as evidence. It comes over the network, so that what is not exactly the contract is
// `unknown`, whatever its verdict.
import { asClause } from '../failures.ts'
import { sameSlot } from '../function-app/picture.ts'
import { remoteText } from '../remote-text.ts'
import { sameHubName } from '../task-hub/name.ts'
import type { Counts, Evidence } from '../task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../task-hub/idle-proof/idle.ts'
import type { StatusQuestion } from './ports.ts'
import type { Status } from './read-status.ts'
import { readStatus } from './read-status.ts'

/**
 * Judges a reply, in this order:
 * 1. it is a status in version 1 of the contract, every field of it;
 * 2. it is about the app and the slot that were asked for;
 * 3. `unknown` stays what it is;
 * 4. the slot has the hub that this task read from it, and then `busy` is believed;
 * 5. `idle` is believed where it rests on a proof that is as young as was asked for, and nothing else in the reply says that
 *    there is work.
 */
export function judgeStatus(json: unknown, question: StatusQuestion): Evidence {
  const read = readStatus(json)
  if ('problem' in read) return notBelieved(question, `its answer is not in the contract: ${read.problem}`)
  const { status } = read
  const other = otherPlace(status, question) ?? (status.verdict === 'unknown' ? undefined : otherHub(status, question))
  if (other !== undefined) return notBelieved(question, other)
  const against = status.verdict === 'idle' ? whatSpeaksAgainstIdle(status, question) : undefined
  if (against !== undefined) return notBelieved(question, `it says idle, but ${against}`)
  return evidenceOf(status, question)
}

/** Evidence that the service did not give; `because` is fit to print. */
export function notBelieved({ hub }: StatusQuestion, because: string): Evidence {
  return unknownEvidence(hub, 'stateService', `the state service proves nothing: ${because}`)
}

function otherPlace({ app, slot }: Status, question: StatusQuestion): string | undefined {
  if (app.toLowerCase() !== question.app.name.toLowerCase()) {
    return `it answers for app '${remoteText(app, 100)}', not for '${question.app.name}'`
  }
  if (!sameSlot(slot, question.slot)) {
    return `it answers for slot '${remoteText(slot, 100)}', not for '${question.slot}'`
  }
  return undefined
}

function otherHub({ taskHub }: Status, question: StatusQuestion): string | undefined {
  if (taskHub === undefined) return `it cannot tell which task hub slot '${question.slot}' has`
  const { name, account } = question.hub
  if (!sameHubName(taskHub.name, name)) {
    return `it sees task hub '${remoteText(taskHub.name, 100)}' in slot '${question.slot}', which has '${name}'`
  }
  if (account && taskHub.account !== undefined && taskHub.account.toLowerCase() !== account.name.toLowerCase()) {
    return `it sees task hub '${name}' in storage account '${remoteText(taskHub.account, 100)}', and it is in '${account.name}'`
  }
  return undefined
}

function whatSpeaksAgainstIdle(status: Status, { policy, maxProofAgeInSeconds }: StatusQuestion): string | undefined {
  const { grounds, keptBecause, lastProof, counts, atLeast } = status
  if (grounds !== 'proof' && grounds !== 'keptProof') return `rests on '${grounds}', which is no proof`
  if (!lastProof) return 'does not say when that was proven'
  if (grounds === 'keptProof' && keptBecause === undefined) return 'does not say why the proof it kept still holds'
  if (keptBecause === 'young' && lastProof.ageInSeconds > maxProofAgeInSeconds) {
    return `its proof is ${lastProof.ageInSeconds} s old, and ${maxProofAgeInSeconds} s were asked for`
  }
  if (atLeast) return 'it has not seen all of the task hub'
  const work = [
    ...(['running', 'pending', 'suspended', 'unclear'] as const),
    ...(policy.entityPolicy === 'ignore' ? [] : (['busyEntities'] as const)),
    ...(policy.entityPolicy === 'block' ? (['idleEntities'] as const) : []),
  ].find((name) => counts[name] > 0)
  if (work !== undefined) return `its counts show work (${work}: ${counts[work]})`
  if (!policy.acceptInvisibleMessages && counts.queuedMessages > counts.leftoverTimers) {
    return `its counts show work (queuedMessages: ${counts.queuedMessages})`
  }
  return undefined
}

/** Whoever prints evidence says this himself. */
const leadIn = /^Task hub '[^']*' is (?:idle|busy|not proven idle): /

function evidenceOf(status: Status, { hub }: StatusQuestion): Evidence {
  const { verdict, because, lastProof, grounds, oldest } = status
  const proven = verdict === 'idle' && lastProof ? `, ${whenProven(lastProof.provenAt, grounds)}` : ''
  const first = oldest ? { oldest, examples: [oldest] } : { examples: [] }
  return {
    ...unknownEvidence(hub, 'stateService', ''),
    verdict,
    because: `by the state service: ${asClause(because.replace(leadIn, ''))}${proven}`,
    counts: status.counts satisfies Counts,
    ...first,
    inFlightByName: status.inFlightByName,
    inFlightByVersion: status.inFlightByVersion,
    notChecked: status.notChecked,
    warnings: status.warnings,
    ...(status.atLeast ? { partial: true } : {}),
  }
}

function whenProven(at: Date, grounds: Status['grounds']): string {
  return `proven at ${at.toISOString().slice(0, 19)}Z${grounds === 'keptProof' ? ', and nothing has contradicted that since' : ''}`
}

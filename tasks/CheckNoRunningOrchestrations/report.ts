import { evidenceSummary } from '../../core/report/evidence-summary.ts'
import { page } from '../../core/report/markdown.ts'
import type { Report } from '../../core/report/report.ts'
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { accountInWords } from '../../core/task-hub/hub.ts'
import type { IdleProof } from '../../core/task-hub/idle-proof/prove-idle.ts'
import type { CheckWanted } from './wanted.ts'

/** `moved` is set where the slot got another hub meanwhile: what was proven is then not what the slot runs. */
export function reportOfCheck(wanted: CheckWanted, proof: IdleProof, moved: string | undefined): Report {
  const evidence: Evidence =
    moved === undefined ? proof.evidence : { ...proof.evidence, verdict: 'unknown', because: moved }
  const idle = evidence.verdict === 'idle'
  return {
    result: idle ? 'succeeded' : 'failed',
    message: idle ? idleMessage(evidence, proof) : heldMessage(wanted, evidence, proof),
    outputs: outputsOf(evidence),
    summary: page('## Is the task hub idle?', evidenceSummary(evidence)),
  }
}

function idleMessage(evidence: Evidence, proof: IdleProof): string {
  if (evidence.provisioned === false) {
    return `Task hub '${evidence.hub.name}' was never provisioned in ${accountInWords(evidence.hub)}, so nothing can be running on it.`
  }
  return `Task hub '${evidence.hub.name}' is idle over ${proof.proofs} proofs: ${evidence.because}.`
}

function heldMessage(wanted: CheckWanted, evidence: Evidence, proof: IdleProof): string {
  const what = `Task hub '${evidence.hub.name}' is ${evidence.verdict === 'busy' ? 'busy' : 'not proven idle'}`
  const waited = wanted.timeoutMs > 0 && proof.timedOut ? ` after ${inMinutes(proof.waitedMs)} of waiting` : ''
  const remedies = evidence.verdict === 'busy' ? remediesOf(wanted, evidence) : ['Remove the cause and run again.']
  return [`${what}${waited}: ${evidence.because}.`, 'Nothing was changed.', ...remedies].join(' ')
}

/** What does not end by itself comes first: to wait longer for it would be in vain. */
function remediesOf({ policy }: CheckWanted, { counts, account, source }: Evidence): readonly string[] {
  const { running, pending, suspended, unclear, busyEntities, idleEntities, queuedMessages, leftoverTimers } = counts
  const lost = account?.lostStarts ?? 0
  const idle = policy.entityPolicy === 'block' ? idleEntities : 0
  const ending = running + pending - lost + unclear + busyEntities + queuedMessages - leftoverTimers
  const isHeld = suspended + lost + idle > 0
  // Nothing is there at the end, so what held the hub came and went between its two proofs.
  if (ending === 0 && !isHeld && source === 'storage') {
    return ['Stop what begins new work on it, such as timer and queue triggers, or give timeoutInMinutes more time.']
  }
  return [
    ...(suspended > 0 ? ['Resume or terminate the suspended.'] : []),
    ...(lost > 0 ? ['Terminate the pending whose start message is lost, or name them in ignoreInstances.'] : []),
    ...(idle > 0 ? ["Idle entities block because entityPolicy is 'block'; 'ignoreIdle' lets them pass."] : []),
    ...(ending > 0 || !isHeld
      ? ['Let the work finish, give timeoutInMinutes more time, or name eternal orchestrations in ignoreInstances.']
      : []),
  ]
}

function inMinutes(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}

function outputsOf(evidence: Evidence): Readonly<Record<string, string>> {
  const { counts } = evidence
  return {
    verdict: evidence.verdict,
    taskHubName: evidence.hub.name,
    runningCount: String(counts.running + counts.unclear),
    pendingCount: String(counts.pending),
    suspendedCount: String(counts.suspended),
    queuedMessageCount: String(counts.queuedMessages),
    busyEntityCount: String(counts.busyEntities),
    oldestInstanceId: evidence.oldest?.instanceId ?? '',
    inFlightByName: JSON.stringify(evidence.inFlightByName),
    inFlightByVersion: JSON.stringify(evidence.inFlightByVersion),
    evidence: evidence.source,
  }
}

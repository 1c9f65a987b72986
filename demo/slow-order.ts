import type { PipelineEvent } from '../pipeline-runner/pipeline-run.ts'
import type { Ledger } from './ledger.ts'
import type { Screen } from './screen.ts'
import type { Traffic } from './traffic.ts'

/** Long enough to be still running when the next deployment wants the slot of the version that works on it. */
const slowOrderSeconds = 14

/**
 * One order that takes long. It is placed right before its version leaves production, so that the next deployment finds it
 * running in staging and must wait for it.
 */
export class SlowOrder {
  private id: string | undefined
  private ranAtStart = false
  private overAtEnd = false
  private readonly parts: { readonly traffic: Traffic; readonly ledger: Ledger; readonly screen: Screen }

  constructor(parts: { traffic: Traffic; ledger: Ledger; screen: Screen }) {
    this.parts = parts
  }

  /** Whether a deployment met the order running and went on only when it had ended. */
  get heldBack(): boolean {
    return this.ranAtStart && this.overAtEnd
  }

  /** To be told what happens in each deployment. */
  watch(event: PipelineEvent): void {
    if (!('step' in event) || event.step.kind !== 'task') return
    const { task } = event.step
    const { ledger } = this.parts
    if (event.kind === 'step' && task.startsWith('SlotSwap')) void this.place()
    if (this.id === undefined || !task.startsWith('CheckNoRunningOrchestrations')) return
    if (event.kind === 'step' && !ledger.isOver(this.id)) this.ranAtStart = true
    if (event.kind === 'stepDone' && this.ranAtStart) this.overAtEnd = ledger.isOver(this.id)
  }

  /** Once in the play. */
  private async place(): Promise<void> {
    if (this.id !== undefined) return
    this.id = 'being placed'
    this.id = await this.parts.traffic.order(slowOrderSeconds)
    this.parts.screen.say(
      `    * A customer places an order that takes ${slowOrderSeconds} s; the old version will finish it in staging.`,
    )
  }
}

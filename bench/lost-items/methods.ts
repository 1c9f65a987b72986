// What is compared: how the new version takes over.
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { longGraceSeconds, waitSeconds } from './scale.ts'
import type { LaneOptions, Stage } from './stage.ts'

export const methodNames = ['plain', 'longGrace', 'wait', 'cancellation'] as const
export type MethodName = (typeof methodNames)[number]

export type Method = {
  readonly name: MethodName
  readonly title: string
  readonly lane: LaneOptions
  /** Once, before the first swap. */
  prepare?(stage: Stage, app: FunctionApp): Promise<void>
  /** What a pipeline does from the moment at which it wants the new version to serve. */
  takeOver(stage: Stage, app: FunctionApp): Promise<void>
  /** Items arrive with a condition, so that one that is sent again is not there twice. */
  readonly conditional?: true
}

const swapOnly: Method['takeOver'] = (stage, app) => stage.swap(app)

export const methods: Readonly<Record<MethodName, Method>> = {
  plain: {
    name: 'plain',
    title: 'plain swap',
    lane: { code: 'plain', disabledInStaging: true },
    takeOver: swapOnly,
  },
  longGrace: {
    name: 'longGrace',
    title: 'plain swap, 10 s to end',
    lane: { code: 'plain', disabledInStaging: true, graceSeconds: longGraceSeconds },
    takeOver: swapOnly,
  },
  wait: {
    name: 'wait',
    title: 'swap, 30 s wait',
    lane: { code: 'plain', disabledInStaging: true, oldProcessSeconds: waitSeconds },
    takeOver: swapOnly,
  },
  cancellation: {
    name: 'cancellation',
    title: 'cancellation, retry',
    lane: { code: 'cancellation', disabledInStaging: true },
    takeOver: swapOnly,
  },
}

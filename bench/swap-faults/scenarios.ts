// What goes wrong between a task that was asked to swap and Azure, and how many swaps are due in spite of it.
import type { FaultAction } from '../../emulator/http/faults.ts'
import { Operation } from '../../emulator/function-app/operation.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { swapSlots } from '../../emulator/function-app/swap.ts'
import { webError } from '../../emulator/arm/errors.ts'
import type { Stage } from './stage.ts'

export type Scenario = {
  readonly name: string
  /** How many swaps must have been made in the end; undefined: what answered was not Azure, so that none is owed. */
  readonly due: number | undefined
  /** It takes too long for the quick form. */
  readonly long?: true
  /** How long the new version takes to start in the swap. */
  readonly startMs?: number
  /** Called right before the task is run. */
  readonly arrange: (stage: Stage, app: FunctionApp) => void
}

const swap = '/slots/staging/slotsswap\\b'
const poll = '/slots/staging/operationresults/'

const cut: FaultAction = { kind: 'reset' }
const status = (code: number, words: string): FaultAction => ({
  ...{ kind: 'status', status: code },
  body: JSON.stringify({ error: { code: words.replaceAll(' ', ''), message: `${words}.` } }),
})

const lost: readonly (readonly [string, FaultAction])[] = [
  ['the connection is reset', cut],
  ['500', status(500, 'Internal Server Error')],
  ['502', status(502, 'Bad Gateway')],
  ['503', status(503, 'Service Unavailable')],
  ['504', status(504, 'Gateway Timeout')],
]

/** One request, answered so without or after its effect. */
function answered(action: FaultAction, when: 'before' | 'after', path = swap): Scenario['arrange'] {
  return (stage, app) => stage.fault(app, path, { action, when, times: 1 })
}

const lostAnswers = lost.flatMap(([what, action]) =>
  (['before', 'after'] as const).map((when): Scenario => ({
    name: `${what}, ${when} the effect`,
    due: 1,
    arrange: answered(action, when),
  })),
)

/** Azure accepts swaps and ends them like this, without an effect. */
function endsWith(action: (app: FunctionApp) => FaultAction, times = Infinity): Scenario['arrange'] {
  return (stage, app) => {
    const sites = `subscriptions/${stage.azure.subscriptionId}/resourceGroups/${app.resourceGroup}/providers/Microsoft.Web/sites`
    const location = `${stage.azure.armUrl}${sites}/${app.name}/slots/staging/operationresults/1?api-version=2016-08-01`
    stage.fault(app, swap, { action: { kind: 'status', status: 202, headers: { location } }, times })
    stage.fault(app, poll, { action: action(app), times })
  }
}

/** Azure's own words: azure-pipelines-tasks #12835, #19273 (a later try succeeds, both) and #13003 (none does). */
const movedInstances = ({ name }: FunctionApp) =>
  web(
    400,
    'BadRequest',
    `Cannot swap slots for site '${name}' because the allocation of VM instances for 'staging' slot has changed during the swap process. Please retry the swap operation.`,
  )
const noPing = ({ name }: FunctionApp) =>
  web(
    417,
    'ExpectationFailed',
    `Cannot swap site slots for site '${name}' because the 'staging' slot did not respond to http ping.`,
  )
const noStart = ({ name }: FunctionApp) =>
  `Cannot swap slots for site '${name}' because the worker process for 'staging' slot could not be started.`

function web(code: number, name: string, message: string): FaultAction {
  const { status, headers = {}, body = '' } = webError({ status: code, code: name, message, extendedCode: undefined })
  return { kind: 'status', status, headers, body: String(body) }
}

/** ARM's second form of an ended operation (learn: async-operations): status 200, and the truth in the body. */
const failedAt200 = (app: FunctionApp): FaultAction => ({
  kind: 'body',
  body: JSON.stringify({ status: 'Failed', error: { code: 'BadRequest', message: noStart(app) } }),
})

/** Another pipeline has asked for the same swap a moment before. */
function rival(_stage: Stage, app: FunctionApp): void {
  const act = () => swapSlots({ app, source: app.slot('staging'), target: app.slot() })
  app.begin(new Operation('SwapSiteSlots', 'staging', act))
}

/** Something else is being done to the site for a while. */
function busy(ms: number): Scenario['arrange'] {
  return (_stage, app) => {
    app.begin(new Operation('UpdateSite', 'staging', () => new Promise((resolve) => setTimeout(resolve, ms))))
  }
}

export const scenarios: readonly Scenario[] = [
  { name: 'no fault', due: 1, arrange: () => undefined },
  ...lostAnswers,
  {
    name: 'reset after the effect, a swap of a minute',
    due: 1,
    long: true,
    startMs: 58_000,
    arrange: answered(cut, 'after'),
  },
  { name: 'the connection is reset while polling', due: 1, arrange: answered(cut, 'before', poll) },
  { name: 'the operation ends as Failed, at status 200', due: 0, arrange: endsWith(failedAt200) },
  { name: 'the operation ends with 417, once', due: 1, long: true, arrange: endsWith(noPing, 1) },
  {
    name: '400 that asks to retry',
    due: 1,
    arrange: (stage, app) => answered(movedInstances(app), 'before')(stage, app),
  },
  { name: '409, another operation runs for 5 s', due: 1, arrange: busy(5000) },
  { name: '409, another run is making this very swap', due: 1, startMs: 6000, arrange: rival },
  { name: '429 with Retry-After: 2', due: 1, arrange: answered({ kind: 'throttle', retryAfterSeconds: 2 }, 'before') },
  { name: 'an HTML page at 200, after the effect', due: 1, arrange: answered({ kind: 'html' }, 'after') },
  {
    ...{ name: 'an HTML page at 200, instead of the effect', due: undefined, long: true },
    arrange: answered({ kind: 'html' }, 'before'),
  },
]

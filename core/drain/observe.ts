import type { SlotFunction } from '../function-app/functions.ts'
import { sameFunction } from '../function-app/functions.ts'
import type { HostState } from '../function-app/ports.ts'
import { remoteText } from '../remote-text.ts'
import { judgeHost } from '../swap/health.ts'
import { many } from '../task-hub/words.ts'

/** The host of a slot and its functions at one moment. */
export type HostSeen = { readonly state: HostState; readonly functions: readonly SlotFunction[] }

export type Observed =
  | { readonly kind: 'asWanted' }
  /** `because` is a clause. */
  | { readonly kind: 'notYet'; readonly because: string }
  /** Only of functions that shall run: these are disabled by something else than the fence, such as their code. */
  | { readonly kind: 'otherwiseDisabled'; readonly names: readonly string[] }

/** Whether the functions of a slot can be told: its host runs without errors and lists some. */
export function seeFunctions({ state, functions }: HostSeen): Observed {
  const sick = whyNot(state, functions)
  return sick === undefined ? { kind: 'asWanted' } : { kind: 'notYet', because: sick }
}

/**
 * Whether functions are seen to be disabled: the host runs without errors and says so of each that it has. A setting takes
 * effect when the host starts, so a function that is seen disabled is one of a host that started with the setting.
 */
export function seeDisabled(names: readonly string[], { state, functions }: HostSeen): Observed {
  const sick = whyNot(state, functions)
  if (sick !== undefined) return { kind: 'notYet', because: sick }
  const others = known(names, functions).filter(({ isDisabled }) => isDisabled !== true)
  return others.length === 0 ? { kind: 'asWanted' } : { kind: 'notYet', because: `${listed(others)} not disabled yet` }
}

/**
 * Whether functions are seen to be enabled again. One that still is disabled on a host whose process began after the change,
 * `sinceMs` ago, is disabled by something else.
 */
export function seeEnabled(names: readonly string[], { state, functions }: HostSeen, sinceMs: number): Observed {
  const sick = whyNot(state, functions)
  if (sick !== undefined) return { kind: 'notYet', because: sick }
  const others = known(names, functions).filter(({ isDisabled }) => isDisabled !== false)
  if (others.length === 0) return { kind: 'asWanted' }
  const isNew = state.kind === 'known' && state.uptimeMs !== undefined && state.uptimeMs < sinceMs
  if (isNew && others.every(({ isDisabled }) => isDisabled === true)) {
    return { kind: 'otherwiseDisabled', names: others.map(({ name }) => name) }
  }
  return { kind: 'notYet', because: `${listed(others)} not enabled yet` }
}

function whyNot(state: HostState, functions: readonly SlotFunction[]): string | undefined {
  const health = judgeHost(state)
  if (!health.healthy) return health.because
  return functions.length === 0 ? 'its host lists no functions' : undefined
}

function known(names: readonly string[], functions: readonly SlotFunction[]): readonly SlotFunction[] {
  return functions.filter(({ name }) => names.some((each) => sameFunction(each, name)))
}

/** Such as `function 'A' is`, or `3 functions (such as 'A') are`. */
function listed(functions: readonly SlotFunction[]): string {
  const names = functions.map(({ name }) => `'${remoteText(name, 130)}'`)
  if (names.length === 1) return `function ${names.join('')} is`
  return `${many(names.length, 'function')} (such as ${names.slice(0, 1).join('')}) are`
}

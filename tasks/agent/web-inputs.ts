import { isSafeUrl } from '../../core/azure/http/client.ts'
import { parseStatusList } from '../../core/function-app/status-list.ts'
import type { PathCheck } from '../../core/swap/health.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { Inputs } from './read-inputs.ts'

const path = { pattern: /^\/[^\s#\\]*$/, rule: "a path that begins with '/', without blanks" }
const defaultStatuses = '200-399'

/** A path to request and the statuses that count as an answer; undefined where no path was given. */
export function readPathCheck(inputs: Inputs, pathInput: string, statusesInput: string): PathCheck | undefined {
  const given = inputs.text(pathInput, path)
  const text = inputs.textOr(statusesInput, defaultStatuses)
  const statuses = parseStatusList(text)
  if (statuses.kind === 'problem') inputs.problem(statusesInput, `is '${remoteText(text, 100)}': ${statuses.problem}`)
  if (given === undefined) {
    if (text === defaultStatuses || inputs.text(pathInput) !== undefined) return undefined
    inputs.problem(
      statusesInput,
      `is '${remoteText(text, 100)}', but input '${pathInput}' was not given. Give the path to request.`,
    )
    return undefined
  }
  return { path: given, statuses: statuses.kind === 'list' ? statuses.ranges : [] }
}

/**
 * The address of the app's own status function: https, or http to this machine. Whatever could be a key in it belongs in
 * `statusKey`; it is refused first, because an address that is refused otherwise is printed.
 */
export function readStatusUrl(inputs: Inputs): string | undefined {
  const text = inputs.text('statusUrl')
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.username !== '' || url.password !== '' || url.searchParams.has('code'))) {
    inputs.problem(
      'statusUrl',
      "holds a user, a password or a function key ('code='). Give the key in input 'statusKey', from a secret variable.",
    )
    return undefined
  }
  if (isSafeUrl(text)) return text
  inputs.problem('statusUrl', `is '${remoteText(text, 200)}'. Give an https address.`)
  return undefined
}

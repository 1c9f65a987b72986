import { Refusal } from '../failures.ts'

/** A task hub name that Durable Functions accepts; made only by `parseHubName` and `hubNameForRun`. */
export type HubName = string & { readonly __brand: 'HubName' }

const shape = /^[A-Za-z][A-Za-z0-9]{2,44}$/
const longest = 45

/** In words, for messages. */
export const hubNameRule = 'letters and digits only, starting with a letter, 3 to 45 characters'

/**
 * Reads a task hub name, or answers undefined. The rule is the Azure Storage provider's own: the name becomes part of
 * table, queue and container names (durable extension, AzureStorageOptions.ValidateHubName).
 */
export function parseHubName(text: string): HubName | undefined {
  return shape.test(text) ? (text as HubName) : undefined
}

/** Storage compares table names without case and lower-cases queue and container names, so `Foo` and `foo` are one hub. */
export function sameHubName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

/** What identifies the run that asks for a new hub: a build, or an attempt of a stage of a release. */
export type RunId =
  | { readonly kind: 'build'; readonly buildId: string }
  | { readonly kind: 'release'; readonly releaseId: string; readonly attempt: string }

/**
 * The hub name of a run: `<app><build>` or `<app>R<release>A<attempt>`. Only letters and digits of the app name are
 * kept, and it is cut where the whole would be too long; the ids never are. An app name that does not start with a letter
 * gets a `t` in front, as the extension's own sanitiser does (AzureStorageOptions.SanitizeTaskHubName).
 * Throws `Refusal` where nothing valid can be made of the parts.
 */
export function hubNameForRun(appName: string, run: RunId): HubName {
  const suffix = run.kind === 'build' ? run.buildId : `R${run.releaseId}A${run.attempt}`
  const letters = appName.replace(/[^A-Za-z0-9]/g, '')
  const stem = /^[A-Za-z]/.test(letters) ? letters : `t${letters}`
  const name = parseHubName(stem.slice(0, Math.max(1, longest - suffix.length)) + suffix)
  if (name) return name
  throw new Refusal(
    `No task hub name can be made of app name '${appName}' and run id '${suffix}' (${hubNameRule}). Give taskHubName.`,
  )
}

import type { StatusQuestion } from './ports.ts'

/** What the service takes in the address of one question (state-service/http: query.ts, target.ts). */
const mostIgnored = 20
const longestPattern = 300
const longestAddress = 2048

/** For how long the service may prove before it answers; the most it takes, and less than its host lets it (230 s). */
const waitInSeconds = 200

type Asked = Pick<StatusQuestion, 'app' | 'slot' | 'policy' | 'maxProofAgeInSeconds'>

/** Path and query of a status, after `/api/v1/apps/`. */
export function statusAddress({ app, slot, policy, maxProofAgeInSeconds }: Asked): string {
  const asked = new URLSearchParams({
    maxProofAgeInSeconds: String(maxProofAgeInSeconds),
    waitInSeconds: String(waitInSeconds),
    entityPolicy: policy.entityPolicy,
    acceptInvisibleMessages: String(policy.acceptInvisibleMessages),
  })
  for (const { field, pattern } of policy.ignoreInstances) asked.append('ignore', `${field}:${pattern}`)
  return `${apiPath(app.name, 'slots', slot, 'status')}?${asked.toString()}`
}

/** Parts of a path, each encoded. */
export function apiPath(...parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join('/')
}

/**
 * Why the service would refuse the patterns of a question, as what follows "Input 'ignoreInstances'"; `url` is its address.
 * Undefined where it takes them.
 */
export function ignoredProblem(question: Asked, url: string): string | undefined {
  const { ignoreInstances } = question.policy
  const instead = "or give evidence 'storage', which has no such limit."
  if (ignoreInstances.length > mostIgnored) {
    return `has ${ignoreInstances.length} patterns, and a state service takes at most ${mostIgnored}. Give fewer, with '*' for what differs, ${instead}`
  }
  const long = ignoreInstances.find(({ pattern }) => pattern.length > longestPattern)
  if (long) {
    return `has a pattern of ${long.pattern.length} characters, and a state service takes at most ${longestPattern}. Shorten it with '*', ${instead}`
  }
  const base = URL.canParse(url) ? new URL(url).pathname.replace(/\/+$/, '') : ''
  const { length } = `${base}/api/v1/apps/${statusAddress(question)}`
  if (length <= longestAddress) return undefined
  return `makes the address that asks the state service ${length} characters long, and it takes at most ${longestAddress}. Give fewer or shorter patterns, with '*' for what differs, ${instead}`
}

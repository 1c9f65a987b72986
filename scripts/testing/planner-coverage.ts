import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { root } from '../packaging/project.ts'

/** Files where a decision is taken: an untested branch there is an untested promise. */
const deciding = [
  // Its ports hold types alone.
  'app-mode/(?!ports\\.)[^/]+',
  'check/[^/]+',
  'drain/[^/]+',
  'function-app/(?:functions|host-json|slot-rules|typed-hub|unmoved|view)',
  'record/(?:change-record|claim-lock|hold-lock|keep|lock|lock-words|parse-lock|parse-record)',
  'retire/(?:age|plan|record|references)',
  'rotate/(?:merge|package|plan|record|taken)',
  'swap/(?:account|cause|exact-test|failure-share|health|plan|progress|read-failures|record|way-back)',
  // Two hold types alone: nothing ever loads them.
  'task-hub/(?:account|idle-proof)/(?!(?:evidence|hub-reader)\\.)[^/]+',
  'task-hub/rows/(?:message|root)',
]
const planners = new RegExp(`^core/(?:${deciding.join('|')})\\.ts$`)

/** The part of Istanbul's coverage format that is read: branches, each with the hits of its ways. */
type FileCoverage = {
  readonly path: string
  readonly branchMap: Readonly<Record<string, { readonly loc: { readonly start: { readonly line: number } } }>>
  readonly b: Readonly<Record<string, readonly number[]>>
}

/** Branches of the planners that no test takes: `core/swap/plan.ts:41`. Reads what c8's `json` reporter wrote. */
export function uncoveredPlannerBranches(coverageFile: string): { files: number; lines: string[] } {
  const coverage = JSON.parse(readFileSync(coverageFile, 'utf8')) as Readonly<Record<string, FileCoverage>>
  const files = Object.values(coverage).filter(({ path }) => planners.test(relative(root, path).split(sep).join('/')))
  const lines = files.flatMap(({ path, branchMap, b }) =>
    Object.entries(b)
      .filter(([, hits]) => hits.includes(0))
      .map(([id]) => `${relative(root, path).split(sep).join('/')}:${branchMap[id]?.loc.start.line ?? 0}`),
  )
  return { files: files.length, lines: [...new Set(lines)].sort() }
}

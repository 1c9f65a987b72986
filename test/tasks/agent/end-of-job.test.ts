import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const folder = mkdtempSync(join(tmpdir(), 'end-of-job-'))
const launcher = new URL('../../../tasks/RotateTaskHub/RotateTaskHubV1/end-of-job.cjs', import.meta.url)

type Run = { readonly lines: readonly string[]; readonly exitCode: number | null }
type Extra = { readonly env?: Record<string, string>; readonly signal?: NodeJS.Signals; readonly file?: string }

/** Starts the file that the agent starts, and sends the signal when it says it is waiting. */
function run(scenario: string, { env = {}, signal, file = 'end-of-job.cjs' }: Extra = {}): Promise<Run> {
  const child = spawn(process.execPath, [join(folder, file)], {
    cwd: folder,
    env: { PATH: process.env.PATH, AGENT_JOBSTATUS: 'Failed', INPUT_SCENARIO: scenario, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (signal && /^waiting$/m.test(text)) child.kill(signal)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ lines: linesOf(text), exitCode }))
  })
}

function linesOf(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('##vso[task.debug]'))
}

/** Succeeded whatever happened, with this one warning. */
function assertWarned({ lines, exitCode }: Run, warning: RegExp): void {
  const starting = (start: string): string[] => lines.filter((line) => line.startsWith(start))
  assert.equal(exitCode, 0)
  assert.deepEqual(starting('##vso[task.complete'), ['##vso[task.complete result=Succeeded;]'])
  assert.deepEqual(starting('##vso[task.issue type=error'), [])
  const warnings = starting('##vso[task.issue type=warning').map((line) => line.replace(/^[^\]]*\]/, ''))
  assert.equal(warnings.length, 1, lines.join('\n'))
  assert.match(warnings[0] ?? '', warning)
}

describe('the end of a job as a process', function () {
  this.timeout(30_000)

  before(async () => {
    await build({
      entryPoints: [fileURLToPath(new URL('./end-of-job-scenarios.ts', import.meta.url))],
      ...{ outfile: join(folder, 'index.js'), bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
      logLevel: 'error',
    })
    copyFileSync(launcher, join(folder, 'end-of-job.cjs'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [given, known] of [
    ['Succeeded', 'succeeded'],
    ['SucceededWithIssues', 'succeeded'],
    ['Failed', 'failed'],
    ['Canceled', 'canceled'],
    ['Abandoned', 'unknown'],
    ['', 'unknown'],
  ] as const) {
    it(`takes a job that is '${given}' for ${known}, and says its line`, async () => {
      const { lines, exitCode } = await run('says', {
        env: { AGENT_JOBSTATUS: given, VSTS_TASKVARIABLE_LOCK: 'claim 7' },
      })
      assert.equal(exitCode, 0)
      const line = `The job is ${known}, kept is claim 7.`
      assert.deepEqual(lines.slice(-2), [line, `##vso[task.complete result=Succeeded;]${line}`])
    })
  }

  it('knows when the execution kept nothing', async () => {
    assert.ok((await run('says')).lines.includes('The job is failed, kept is nothing.'))
  })

  it('says nothing where there is nothing to say', async () => {
    assert.deepEqual((await run('quiet')).lines.at(-1), '##vso[task.complete result=Succeeded;]')
  })

  it('is not what the bundle itself runs', async () => {
    const { lines } = await run('says', { file: 'index.js' })
    assert.deepEqual(lines.slice(-2), [
      '##vso[task.settaskvariable variable=lock;issecret=false;]claim 7; [100%AZP25]',
      '##vso[task.complete result=Succeeded;]Held.',
    ])
  })

  it('warns of what was refused', async () =>
    assertWarned(await run('refusal'), /^The lock stays\. The record is not JSON\.$/))

  it('warns of a bug', async () => assertWarned(await run('bug'), /^The lock stays\. This is a bug .* not a function$/))

  it('warns of an error that nobody catches', async () => assertWarned(await run('uncaught'), /thrown by a timer$/))

  it('warns when its time is over, although the work does not stop', async () =>
    assertWarned(
      await run('silent', { env: { LIMIT_MS: '200' } }),
      /^The lock stays\. It was not done within 0\.2 seconds\.$/,
    ))

  it('warns when the agent ends the step', async () =>
    assertWarned(await run('stuck', { signal: 'SIGINT' }), /^The lock stays\. The run was cancelled\./))
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const folder = mkdtempSync(join(tmpdir(), 'run-task-'))
const bundle = join(folder, 'index.js')

type Run = {
  readonly lines: readonly string[]
  readonly errorOutput: string
  readonly exitCode: number | null
  /** From the signal to the end. */
  readonly endedAfterMs: number
}

type Extra = { readonly env?: Record<string, string>; readonly signals?: readonly NodeJS.Signals[] }

/** Runs the bundled scenarios as an agent would, and sends the signals when the task says it is waiting. */
function run(scenario: string, { env = {}, signals = [] }: Extra = {}): Promise<Run> {
  const child = spawn(process.execPath, [bundle], {
    cwd: folder,
    env: { PATH: process.env.PATH, AGENT_TEMPDIRECTORY: folder, INPUT_SCENARIO: scenario, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let errorOutput = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errorOutput += chunk))
  let signalledAt = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (signalledAt > 0 || signals.length === 0 || !/^waiting$/m.test(text)) return
    signalledAt = performance.now()
    for (const signal of signals) child.kill(signal)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) =>
      resolve({ lines: text.split('\n'), errorOutput, exitCode, endedAfterMs: performance.now() - signalledAt }),
    )
  })
}

const startingWith = (lines: readonly string[], start: string): string[] =>
  lines.filter((line) => line.startsWith(start))
const results = (lines: readonly string[]): string[] => startingWith(lines, '##vso[task.complete')
const errors = (lines: readonly string[]): string[] => startingWith(lines, '##vso[task.issue type=error')

/** Exit code 0, one result, and for a failure one error with the same message. */
function assertFailed({ lines, exitCode }: Run, message: RegExp): void {
  assert.equal(exitCode, 0)
  assert.equal(results(lines).length, 1, lines.join('\n'))
  assert.match(results(lines)[0] ?? '', /^##vso\[task\.complete result=Failed;\]/)
  assert.match((results(lines)[0] ?? '').replace(/^[^\]]*\]/, ''), message)
  assert.equal(errors(lines).length, 1, lines.join('\n'))
}

describe('a task as a process', function () {
  this.timeout(30_000)

  before(async () => {
    await build({
      entryPoints: [fileURLToPath(new URL('./scenarios.ts', import.meta.url))],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      logLevel: 'error',
    })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('that succeeds tells outputs, the job variable, a summary under its title, and one result', async () => {
    const { lines, exitCode } = await run('success')
    assert.equal(exitCode, 0)
    assert.deepEqual(results(lines), ["##vso[task.complete result=Succeeded;]The target runs task hub 'shop2'."])
    assert.deepEqual(startingWith(lines, '##vso[task.setvariable'), [
      '##vso[task.setvariable variable=swapped;isOutput=true;issecret=false;]true',
      '##vso[task.setvariable variable=note;isOutput=true;issecret=false;]one%0Atwo; 100%AZP25]',
      '##vso[task.setvariable variable=DurableSafeDeployment.TaskHubName;isOutput=false;issecret=false;]shop2',
    ])
    const [attachment, ...more] = startingWith(lines, '##vso[task.addattachment')
    assert.deepEqual(more, [])
    const [, name, path] =
      /^##vso\[task\.addattachment type=Distributedtask\.Core\.Summary;name=([^;]+);\](.+)$/.exec(attachment ?? '') ??
      []
    assert.equal(name, 'Slot swap   test')
    assert.equal(readFileSync(path ?? '', 'utf8'), '# Swapped\n\nAll is well.')
  })

  it('says nothing of how many requests wait for a cancel at once', async () => {
    assert.equal((await run('manyListeners')).errorOutput, '')
  })

  it('that succeeds with issues says so, with one warning', async () => {
    const { lines } = await run('issues')
    assert.deepEqual(results(lines), ['##vso[task.complete result=SucceededWithIssues;]Entities stay behind.'])
    assert.equal(startingWith(lines, '##vso[task.issue type=warning').length, 1)
  })

  it('that reports a failure still sets its outputs', async () => {
    const ended = await run('failedReport')
    assertFailed(ended, /^Still busy\.$/)
    assert.equal(startingWith(ended.lines, '##vso[task.setvariable variable=swapped').length, 1)
  })

  it('that refuses ends with its one message', async () =>
    assertFailed(await run('refusal'), /^Slot 'blue' is gone\. Name another\.$/))

  it('that meets a failure of Azure ends with its one message', async () =>
    assertFailed(await run('failure'), /^Could not read it\.$/))

  it('with a bug says that it is one, and keeps the stack for the debug log', async () => {
    const ended = await run('bug')
    assertFailed(ended, /^This is a bug in this extension: x is not a function$/)
    const stacks = ended.lines.filter((line) => line.includes('at '))
    assert.ok(stacks.length > 0 && stacks.every((line) => line.startsWith('##vso[task.debug]')), stacks.join('\n'))
  })

  for (const scenario of ['unhandled', 'uncaught']) {
    it(`with an error that nobody catches (${scenario}) fails the same way`, async () => {
      assertFailed(await run(scenario), /^This is a bug in this extension: (nobody listens|thrown by a timer)$/)
    })
  }

  it('that stops without a word does not count as succeeded', async () => {
    assertFailed(await run('silent'), /stopped without a result/)
  })

  it('that leaves a timer behind ends nevertheless', async () => {
    assert.equal(results((await run('leavesTimers')).lines).length, 1)
  })

  it('that is cancelled ends at once with what its story says', async () => {
    const ended = await run('cancelled', { signals: ['SIGINT'] })
    assertFailed(ended, /^The swap goes on in Azure\. Run the task again\.$/)
    assert.ok(ended.endedAfterMs < 2000, `${ended.endedAfterMs} ms`)
  })

  it('that is cancelled by SIGTERM ends the same way', async () => {
    assertFailed(await run('cancelled', { signals: ['SIGTERM'] }), /^The swap goes on in Azure/)
  })

  it('that is told twice to stop says it once', async () => {
    assertFailed(await run('cancelled', { signals: ['SIGINT', 'SIGTERM', 'SIGINT'] }), /^The swap goes on in Azure/)
  })

  it('that does not stop when it is cancelled ends within 7 seconds all the same', async () => {
    const ended = await run('stuck', { signals: ['SIGINT'] })
    assertFailed(ended, /^The run was cancelled\. What was under way did not stop in time/)
    assert.ok(ended.endedAfterMs < 7000, `${ended.endedAfterMs} ms`)
  })

  it('that finishes in spite of a cancel is failed, with its outputs', async () => {
    const ended = await run('finishesAnyway', { signals: ['SIGINT'] })
    assertFailed(ended, /^The run was cancelled when its work was done/)
    assert.equal(startingWith(ended.lines, '##vso[task.setvariable variable=swapped').length, 1)
  })

  it('registers each line of a secret before anything shows it, and then shows none', async () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nAAAAfirstline\nBBBBsecondline\n-----END PRIVATE KEY-----'
    const { lines } = await run('secrets', { env: { INPUT_CERTIFICATE: pem } })
    const registered = startingWith(lines, '##vso[task.setsecret]').map((line) =>
      line.slice('##vso[task.setsecret]'.length),
    )
    assert.deepEqual(registered, ['AAAAfirstline', 'BBBBsecondline'])
    const shown = lines.filter((line) => /firstline|secondline/.test(line) && !line.startsWith('##vso[task.setsecret]'))
    assert.deepEqual(shown, [])
    assert.ok(lines.includes('using ***'))
    const path = startingWith(lines, '##vso[task.addattachment')[0]?.replace(/^[^\]]*\]/, '') ?? ''
    assert.doesNotMatch(readFileSync(path, 'utf8'), /firstline|secondline/)
  })

  it('shows nothing of a service connection but its registration', async () => {
    const { lines } = await run('connection', {
      env: {
        INPUT_AZURESUBSCRIPTION: 'c1',
        ENDPOINT_URL_c1: 'https://management.azure.com/',
        ENDPOINT_AUTH_SCHEME_c1: 'ServicePrincipal',
        ENDPOINT_AUTH_PARAMETER_c1_TENANTID: 't1',
        ENDPOINT_AUTH_PARAMETER_c1_SERVICEPRINCIPALID: 'sp1',
        ENDPOINT_AUTH_PARAMETER_c1_SERVICEPRINCIPALKEY: 'hush-hush',
        ENDPOINT_DATA_c1_SUBSCRIPTIONID: 's1',
        AGENT_PROXYURL: 'http://127.0.0.1:9',
        SECRET_AGENT_PROXYPASSWORD: 'proxy-hush',
      },
    })
    for (const secret of ['hush-hush', 'proxy-hush']) {
      const at = lines.findIndex((line) => line.includes(secret))
      assert.equal(lines[at], `##vso[task.setsecret]${secret}`)
    }
    assert.equal(lines.filter((line) => line.includes('hush-hush')).length, 1)
    assert.match(results(lines)[0] ?? '', /result=Succeeded/)
  })

  it('cannot be made to say a logging command by text from outside', async () => {
    const ended = await run('hostile')
    assertFailed(ended, /^It said x%0A# #vso\[/)
    const commands = ended.lines.filter((line) => line.includes('##vso[task.complete'))
    assert.equal(commands.length, 1)
    assert.deepEqual(
      ended.lines.filter((line) => line.includes('##[')),
      [],
    )
  })

  it('gets out all that it said before it ends', async () => {
    const { lines } = await run('muchOutput')
    assert.equal(startingWith(lines, 'line ').length, 5000)
    assert.equal(results(lines).length, 1)
  })
})

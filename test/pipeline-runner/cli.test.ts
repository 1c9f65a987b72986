import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { readConnections } from '../../pipeline-runner/connections-file.ts'
import { fixture, prints, taskOf, vsixOf } from './fixture.ts'

const files = fixture()
after(() => files.dispose())

const connection = azureRmConnection({
  armUrl: 'https://a/',
  authorityUrl: 'https://b/',
  tenantId: 't',
  subscriptionId: 's',
  secret: 'x',
})

function write(name: string, content: string | Uint8Array): string {
  const path = join(files.folder, name)
  writeFileSync(path, content)
  return path
}

function cli(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'pipeline-runner/cli.ts', ...args], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}

describe('npm run pipeline', function () {
  this.timeout(20_000)
  const task = { 'tasks/Say/SayV1/task.json': JSON.stringify(taskOf('Say')) }
  const code = `console.log('hello ' + process.env.WHO)\n${prints('##vso[task.complete result=Succeeded;]well')}`
  const vsix = (): string => write('x.vsix', vsixOf({ ...task, 'tasks/Say/SayV1/index.cjs': code }, ['Say']))

  it('shows every line, every result and a table, and exits with 0', async () => {
    const file = write('good.yml', 'variables: { who: me }\nsteps:\n- task: Say@1\n  displayName: Say $(who)\n')
    const connections = write('connections.json', JSON.stringify([connection]))
    const { code, out } = await cli(
      '--file',
      file,
      '--vsix',
      vsix(),
      '--connections',
      connections,
      '--variable',
      'who=you',
    )
    assert.equal(code, 0)
    assert.match(out, /Starting: Say you\n {2}hello you\nFinishing: Say you: Succeeded \(\d+\.\d s\) - well\n/)
    assert.match(out, /__default {2}Job {2}Say you {2}Succeeded/)
  })

  it('exits with 1 when the pipeline fails', async () => {
    const { code, out } = await cli('--file', write('bad.yml', 'steps: [{ script: exit 2 }]'), '--vsix', vsix())
    assert.equal(code, 1)
    assert.match(out, /Failed after/)
  })

  const refused: [what: string, args: string[], says: string][] = [
    ['nothing', [], "Both '--file' and '--vsix' are needed; '--help' tells more.\n"],
    [
      'a variable without a value',
      ['--file', 'a', '--vsix', 'b', '--variable', 'x'],
      "ENOENT: no such file or directory, open 'a'\n",
    ],
  ]
  for (const [what, args, says] of refused) {
    it(`given ${what} says so in one sentence and exits with 1`, async () => {
      assert.deepEqual(await cli(...args), { code: 1, out: '', err: says })
    })
  }

  it('refuses a pipeline it does not understand in one sentence', async () => {
    const { code, err } = await cli('--file', write('no.yml', 'parameters: []\nsteps: []'), '--vsix', vsix())
    assert.deepEqual([code, err], [1, "'parameters' (line 1) is not understood by the local runner.\n"])
  })
})

describe('A file of service connections', () => {
  it('is read as it is', () => {
    assert.deepEqual(readConnections(write('good.json', JSON.stringify([connection]))), [connection])
  })

  const refused: [what: string, content: string, says: RegExp][] = [
    ['no JSON', '{', /^Could not read the service connections in /],
    ['no list', '{}', /must hold a list of service connections/],
    ['a number', '[1]', /^Entry 1 of '.*' must be an object\.$/],
    ['no name', JSON.stringify([{ ...connection, name: '' }]), /^Entry 1 of '.*' must have a text 'name'\.$/],
    [
      'a parameter that is a number',
      JSON.stringify([{ ...connection, parameters: { a: 1 } }]),
      /^'parameters\.a' of entry 1 of '.*' must be text\.$/,
    ],
  ]
  for (const [what, content, says] of refused) {
    it(`with ${what} is refused`, () =>
      assert.throws(() => readConnections(write('bad.json', content)), { message: says }))
  }
})

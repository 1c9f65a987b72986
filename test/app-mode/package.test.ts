import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const windows = process.platform === 'win32'

const script = `
import { createAppMode, AppIsStopping } from 'functions-app-mode'
const app = createAppMode()
const ask = (method, url, body) => app.handle({ method, url, text: async () => JSON.stringify(body) })
let end
const done = app.run('item', (item) => new Promise((resolve) => { end = () => resolve(item.signal.aborted) }))
await ask('POST', '/prepare', { generation: 'run-1', holdSeconds: 60 })
const refused = await app.run('late', () => 'begun').catch((error) => error instanceof AppIsStopping)
const before = JSON.parse((await ask('GET', '/mode')).body)
end()
const told = await done
const after = JSON.parse((await ask('GET', '/mode')).body)
console.log(JSON.stringify({ refused, told, before: before.mode, after: after.mode }))
`

describe('the package of the module', function () {
  this.timeout(180_000)
  let place = ''
  let packed: readonly string[] = []

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'app-mode-package-'))
    // Packed from a copy, as npm builds it first and leaves what it has built.
    const copy = join(place, 'copy', 'app-mode')
    await cp(join(root, 'app-mode'), copy, { recursive: true, filter: (path) => !/[\\/](?:dist|sample)$/.test(path) })
    await cp(join(root, 'tsconfig.json'), join(place, 'copy', 'tsconfig.json'))
    await symlink(join(root, 'node_modules'), join(place, 'copy', 'node_modules'), 'junction')
    const options = { cwd: copy, shell: windows }
    const { stdout } = await run('npm', ['pack', '--json', '--foreground-scripts=false'], options)
    const [told] = JSON.parse(stdout.slice(stdout.indexOf('['))) as { filename: string; files: { path: string }[] }[]
    assert.ok(told)
    packed = told.files.map(({ path }) => path)
    const user = join(place, 'user')
    await mkdir(user)
    await writeFile(join(user, 'package.json'), '{ "type": "module", "private": true }')
    const install = ['install', '--offline', '--no-audit', '--no-fund', join(copy, told.filename)]
    await run('npm', install, { cwd: user, shell: windows })
  })
  after(() => rm(place, { recursive: true, force: true, maxRetries: 5 }))

  it('has the built files, their types, the licence and a page to read, and nothing else', () => {
    assert.ok(packed.includes('dist/index.js') && packed.includes('dist/index.d.ts'), packed.join())
    assert.deepEqual(packed.filter((path) => !/^dist\/[a-z-]+\.(?:js|d\.ts)$/.test(path)).toSorted(), [
      'LICENSE',
      'README.md',
      'package.json',
    ])
  })

  it('depends on nothing', async () => {
    const installed = await readdir(join(place, 'user', 'node_modules'))
    assert.deepEqual(
      installed.filter((name) => !name.startsWith('.')),
      ['functions-app-mode'],
    )
    const text = await readFile(join(root, 'app-mode', 'package.json'), 'utf8')
    assert.doesNotMatch(text, /ependencies"/)
  })

  it('runs from plain JavaScript', async () => {
    await writeFile(join(place, 'user', 'use.js'), script)
    const { stdout } = await run(process.execPath, ['use.js'], { cwd: join(place, 'user') })
    assert.deepEqual(JSON.parse(stdout), {
      refused: true,
      told: true,
      before: 'PreparingForStop',
      after: 'SafeToStop',
    })
  })

  it('has types with which the sample app compiles, against the function app model itself', async () => {
    const sample = join(place, 'sample')
    await cp(join(root, 'app-mode', 'sample'), sample, {
      recursive: true,
      filter: (path) => !/[\\/](?:dist|node_modules)$/.test(path),
    })
    const modules = join(sample, 'node_modules')
    await mkdir(join(modules, '@azure'), { recursive: true })
    await mkdir(join(modules, '@types'))
    for (const name of ['@azure/functions', '@azure/functions-extensions-base', '@types/node', 'undici-types']) {
      await symlink(join(root, 'node_modules', name), join(modules, name), 'junction')
    }
    await symlink(
      join(place, 'user', 'node_modules', 'functions-app-mode'),
      join(modules, 'functions-app-mode'),
      'junction',
    )
    await run(process.execPath, [compiler, '-p', sample], { cwd: sample })
    assert.ok((await readdir(join(sample, 'dist', 'functions'))).includes('ten-items.js'))
  })
})

import assert from 'node:assert/strict'
import { Refusal } from '../../../core/failures.ts'
import { qualifiedHubName, sameHub } from '../../../core/task-hub/hub.ts'
import type { RunId } from '../../../core/task-hub/name.ts'
import { hubNameForRun, parseHubName, sameHubName } from '../../../core/task-hub/name.ts'
import { parseWantedHub, wantedHubInWords } from '../../../core/task-hub/wanted-hub.ts'

const build = (buildId: string): RunId => ({ kind: 'build', buildId })
const release = (releaseId: string, attempt: string): RunId => ({ kind: 'release', releaseId, attempt })

describe('a task hub name', () => {
  for (const good of ['abc', 'Shop101', 'a'.repeat(45)]) {
    it(`may be '${good}'`, () => assert.equal(parseHubName(good), good))
  }
  for (const bad of [
    '',
    'ab',
    'a'.repeat(46),
    '1shop',
    'shop-101',
    'shop_1',
    'schön',
    '%TaskHubName%',
    'shop 1',
    'shop1\n',
  ]) {
    it(`may not be '${bad}'`, () => assert.equal(parseHubName(bad), undefined))
  }

  it('is the same in whatever case, as storage has it', () => {
    assert.ok(sameHubName('Foo', 'fOO'))
    assert.ok(!sameHubName('Foo', 'Foo2'))
  })

  const made: [string, RunId, string][] = [
    ['shop', build('101'), 'shop101'],
    ['my-shop_app', build('101'), 'myshopapp101'],
    ['7eleven', build('1'), 't7eleven1'],
    ['shop', release('12', '3'), 'shopR12A3'],
    ['a'.repeat(60), build('123456'), `${'a'.repeat(39)}123456`],
    ['a'.repeat(60), release('123', '10'), `${'a'.repeat(38)}R123A10`],
  ]
  for (const [app, run, expected] of made) {
    it(`of app '${app.slice(0, 20)}' and a ${run.kind} is '${expected}'`, () =>
      assert.equal(hubNameForRun(app, run), expected))
  }

  it('is not made where app and run give none, and says what to give', () => {
    assert.throws(
      () => hubNameForRun('shop', build('x-y')),
      (error) => error instanceof Refusal && /Give taskHubName/.test(error.message),
    )
  })
})

describe('a hub as a user writes it', () => {
  it('is a name', () => assert.deepEqual(parseWantedHub('shop101'), { name: 'shop101' }))

  it('is account/name', () => {
    const hub = parseWantedHub('shopdata/shop101')
    assert.ok(hub)
    assert.equal(wantedHubInWords(hub), 'shopdata/shop101')
  })

  for (const bad of ['', 'a/b/c', 'shopdata/', 'x/shop101', 'shop-data/shop101', '/shop101']) {
    it(`is not '${bad}'`, () => assert.equal(parseWantedHub(bad), undefined))
  }
})

describe('a hub', () => {
  const hub = (account: string, name: string) => {
    const parsed = parseHubName(name)
    assert.ok(parsed)
    return { account: { name: account, id: `${account}.core.windows.net` }, name: parsed }
  }

  it('is the pair of account and name', () => {
    assert.ok(sameHub(hub('a', 'shop1'), hub('a', 'SHOP1')))
    assert.ok(!sameHub(hub('a', 'shop1'), hub('b', 'shop1')))
    assert.equal(qualifiedHubName(hub('a', 'shop1')), 'a/shop1')
  })
})

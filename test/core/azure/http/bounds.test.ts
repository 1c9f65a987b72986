import assert from 'node:assert/strict'
import { createPipelineRequest } from '@azure/core-rest-pipeline'
import { largestAnswerBytes, unboundedJson, UnboundedAnswer } from '../../../../core/azure/http/bounds.ts'
import { httpClient } from '../../../../core/azure/http/client.ts'
import { sdkClientOptions } from '../../../../core/azure/http/transport.ts'
import { AzureFailure } from '../../../../core/failures.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { never, startScriptedServer } from '../scripted-server.ts'

const deep = '['.repeat(5_000_000)
const wide = `[${'[],'.repeat(1_000_000)}[]]`
const large = `"${'x'.repeat(largestAnswerBytes)}"`

describe('the size of a JSON text', () => {
  const fine: [string, string][] = [
    ['an object', '{"a":[1,2,{"b":"c"}]}'],
    ['many brackets within a text', JSON.stringify('['.repeat(10_000))],
    ['many commas behind an escaped quote', JSON.stringify(`\\"${','.repeat(2_000_000)}`)],
    ['nothing', ''],
    ['many closed brackets one after another', `[${'[],'.repeat(1000)}[]]`],
  ]
  for (const [what, text] of fine) {
    it(`is fine for ${what}`, () => {
      assert.equal(unboundedJson(text), undefined)
    })
  }

  it('is fine for a page of 1,000 sites whose siteConfig is told in full', () => {
    const siteConfig = Object.fromEntries(Array.from({ length: 280 }, (_, at) => [`setting${at}`, null]))
    const sites = Array.from({ length: 1000 }, (_, at) => ({ name: `app${at}`, properties: { siteConfig } }))
    assert.equal(unboundedJson(JSON.stringify({ value: sites })), undefined)
  })

  it('is not fine where it is nested without end', () => {
    assert.match(unboundedJson(deep) ?? '', /nested more than 100 deep/)
  })

  it('is not fine where it holds too many values', () => {
    assert.match(unboundedJson(wide) ?? '', /more than 400000 values/)
  })
})

describe('an answer that has no bounds', function () {
  this.timeout(60_000)
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const replies: [string, Reply, RegExp][] = [
    ['too large', { text: large, type: 'application/json' }, /larger than 8 MB/],
    ['too deep', { text: deep, type: 'application/json' }, /nested/],
    ['too wide', { text: wide, type: 'application/json' }, /more than 400000 values/],
  ]
  for (const [what, reply, why] of replies) {
    it(`is cut off by the SDK's client where it is ${what}, and the next one is read`, async () => {
      const { httpClient: client } = sdkClientOptions(server.transport)
      const get = async () => await client.sendRequest(createPipelineRequest({ url: `${server.url}/a` }))
      server.answer(() => reply)
      await assert.rejects(get(), (error) => error instanceof UnboundedAnswer && why.test(error.message))
      server.answer(() => ({ json: { a: 1 } }))
      assert.equal((await get()).bodyAsText, '{"a":1}')
    })

    it(`is unreadable from a host where it is ${what}`, async () => {
      server.answer(() => reply)
      const errand = { operation: 'read the host status' }
      const asked = httpClient(server.transport).getJson({ url: `${server.url}/a`, errand }, never)
      await assert.rejects(asked, (error) => error instanceof AzureFailure && error.kind === 'unreadable')
    })
  }

  it('is no network failure of the ones that were cut short', async () => {
    const { httpClient: client } = sdkClientOptions(server.transport)
    server.answer(() => ({ instead: 'reset' }))
    await assert.rejects(
      client.sendRequest(createPipelineRequest({ url: `${server.url}/a` })),
      (error) => !(error instanceof UnboundedAnswer),
    )
  })
})

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'

import { Refusal } from '../../../core/failures.ts'
import { readTransport } from '../../../tasks/agent/http-settings.ts'

function settings(variables: Record<string, string> = {}, files: Record<string, string> = {}) {
  const secrets: string[] = []
  const warnings: string[] = []
  const transport = readTransport({
    variable: (name) => variables[name] || undefined,
    secret: (text) => {
      if (text !== '') secrets.push(text)
    },
    readFile: (path) => files[path] ?? assert.fail(`no file ${path}`),
    warn: (text) => void warnings.push(text),
  })
  return { transport, secrets, warnings }
}

const proxy = { 'Agent.ProxyUrl': 'http://proxy.corp:3128/' }

describe('the way to the network', () => {
  it('is straight where the agent has no proxy and no certificates', () => {
    const { transport } = settings()
    assert.equal(transport.proxyFor('https://management.azure.com/'), undefined)
    assert.equal(transport.tls, undefined)
  })

  it('goes through the agent’s proxy with its user, whose password is registered as a secret', () => {
    const { transport, secrets } = settings({ ...proxy, 'Agent.ProxyUsername': 'ann', 'Agent.ProxyPassword': 'p@ss' })
    assert.deepEqual(transport.proxyFor('https://management.azure.com/'), {
      host: 'http://proxy.corp',
      port: 3128,
      username: 'ann',
      password: 'p@ss',
    })
    assert.deepEqual(secrets, ['p@ss'])
  })

  it('takes the user that is written into the address', () => {
    const { transport, secrets } = settings({ 'Agent.ProxyUrl': 'http://ann:p%40ss@proxy.corp:3128' })
    assert.equal(transport.proxyFor('https://a.example')?.password, 'p@ss')
    assert.deepEqual(secrets, ['p@ss'])
  })

  const bypassed: [string, string, boolean][] = [
    ['https://shop.internal.corp/x', '["internal\\\\.corp"]', true],
    ['https://SHOP.Internal.Corp/x', '["internal\\\\.corp"]', true],
    ['https://management.azure.com/', '["internal\\\\.corp"]', false],
    ['https://management.azure.com/', '[]', false],
    ['https://a.example/', '["b\\\\.example", "a\\\\.example"]', true],
  ]
  for (const [url, list, straight] of bypassed) {
    it(`${straight ? 'leaves out' : 'goes through'} the proxy to ${url} with bypass list ${list}`, () => {
      const { transport } = settings({ ...proxy, 'Agent.ProxyBypassList': list })
      assert.equal(transport.proxyFor(url) === undefined, straight)
    })
  }

  it('says which bypass expression it cannot read and uses the others', () => {
    const { transport, warnings } = settings({ ...proxy, 'Agent.ProxyBypassList': '["(?i)x", "corp"]' })
    assert.equal(transport.proxyFor('https://a.corp/'), undefined)
    assert.match(warnings.join(), /'\(\?i\)x' cannot be read/)
  })

  it('takes the agent’s certificates', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = String(privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hush' }))
    const { transport, secrets } = settings(
      {
        'Agent.CAInfo': '/c/ca.pem',
        'Agent.ClientCert': '/c/cert.pem',
        'Agent.ClientCertKey': '/c/key.pem',
        'Agent.ClientCertPassword': 'hush',
      },
      { '/c/ca.pem': 'CA', '/c/cert.pem': 'CERT', '/c/key.pem': key },
    )
    assert.deepEqual(transport.tls, { ca: 'CA', cert: 'CERT', key, passphrase: 'hush' })
    assert.deepEqual(secrets, ['hush'])
  })

  const refused: [string, Record<string, string>, RegExp][] = [
    [
      'a proxy that is not an address',
      { 'Agent.ProxyUrl': 'proxy.corp:3128' },
      /proxy address 'proxy\.corp:3128' is not an http or https address/,
    ],
    [
      'a bypass list that is not JSON',
      { ...proxy, 'Agent.ProxyBypassList': 'corp' },
      /bypass list 'corp' is not a JSON array/,
    ],
    [
      'a CA file that is not there',
      { 'Agent.CAInfo': '/c/none.pem' },
      /CA certificate '\/c\/none\.pem' cannot be read/,
    ],
  ]
  for (const [what, variables, message] of refused) {
    it(`refuses ${what}`, () =>
      assert.throws(
        () => settings(variables),
        (error) => error instanceof Refusal && message.test(error.message),
      ))
  }

  it('does not show the password of a proxy address that it refuses', () => {
    assert.throws(
      () => settings({ 'Agent.ProxyUrl': 'ftp://ann:hush@proxy' }),
      (error) => error instanceof Refusal && !error.message.includes('hush'),
    )
  })
})

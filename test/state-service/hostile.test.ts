import assert from 'node:assert/strict'
import { Api, keys } from './support/api.ts'

const by = { run: '1', project: 'Shop', link: '' }
const told = { taskHub: { name: 'Shop41' }, build: '41', by }
const swaps = { method: 'POST', path: '/api/v1/apps/shop/swaps' } as const
const announcement = { method: 'PUT', path: '/api/v1/apps/shop/slots/staging/announcement' } as const
const events = { method: 'POST', path: '/api/v1/events' } as const

describe('Hostile requests to the state service', () => {
  let api: Api

  before(async () => {
    api = await Api.start({ times: { headersMs: 300, requestMs: 600, idleMs: 300 } })
  })
  after(() => api.close())
  beforeEach(() => {
    api.service.asked.length = 0
  })

  describe('by their path', () => {
    const status = (app: string, slot = 'staging') => `/api/v1/apps/${app}/slots/${slot}/status`
    const paths: Readonly<Record<string, string>> = {
      'an encoded slash': status('shop%2Fx'),
      'an encoded slash before another route': '/api/v1/apps/shop%2Fslots%2Fstaging%2Fstatus',
      'an encoded backslash': status('shop%5Cx'),
      'a backslash': status('shop\\x'),
      'a dot segment': '/api/v1/apps/other/../shop/slots/staging/status',
      'a single dot': '/api/v1/./health',
      'encoded dots': '/api/v1/apps/%2e%2e/apps/shop/slots/staging/status',
      'half encoded dots': '/api/v1/apps/.%2e/health',
      'double encoding': status('%2573hop'),
      'a doubly encoded slash': status('shop%252Fx'),
      'an encoded NUL': status('shop%00'),
      'an encoded line break': status('shop%0d%0aX-Header:%20x'),
      'an overlong encoding': status('shop%c0%af'),
      'half a character': status('shop%e2%84'),
      'a stray percent sign': status('shop%'),
      'no hexadecimal digits': status('shop%zz'),
      'a lone surrogate': status('%ed%a0%80'),
      'a Kelvin sign for a K': status('%E2%84%AA'),
      'an accent on its own': status('cafe%CC%81'),
      'an invisible character': status('shop%E2%80%8B'),
      'a full-width slash': status('shop%EF%BC%8Fx'),
      'a letter outside ASCII in a slot': status('shop', 'st%C3%A4ging'),
      'parameters of a segment': status('shop;v=1'),
      'a wildcard': status('*'),
      'a name that is too long': status('s'.repeat(61)),
      'an empty name': '/api/v1/apps//slots/staging/status',
      'encoded letters in a fixed part': '/api/v1/%68ealth',
      'other case in a fixed part': '/api/V1/health',
      'an address in place of a path': 'http://localhost/api/v1/health',
      'two slashes at the beginning': '//api/v1/health',
      'a fragment': '/api/v1/health#x',
      'a star': '*',
      'a prototype': status('__proto__'),
      'very many segments': `/${'a/'.repeat(900)}`,
      'too long an address': `/api/v1/health?${'a'.repeat(2100)}`,
      'too many parameters': `/api/v1/health?${'a&'.repeat(60)}`,
      'a parameter that cannot be decoded': '/api/v1/apps/shop/history?top=%ff',
      'an empty parameter': '/api/v1/apps/shop/history?=',
      'a parameter named like a prototype': '/api/v1/apps/shop/history?__proto__=1',
      'a cursor with a line break': '/api/v1/apps/shop/history?after=a%0ab',
    }
    for (const [what, path] of Object.entries(paths)) {
      it(`are refused with ${what}`, async () => {
        const reply = await api.call({ path, bad: true })

        assert.ok([400, 404].includes(reply.status), `${reply.status}`)
        assert.deepEqual(api.service.asked, [])
      })
    }

    it('may name an app in any script, as Azure does', async () => {
      const reply = await api.call({ path: status('caf%C3%A9-%E5%BA%97') })

      assert.equal(reply.status, 404)
      assert.match(String(reply.json['detail']), /App 'café-店' is not among/)
    })

    it('may name a slot like something that every object has', async () => {
      assert.equal((await api.call({ path: status('shop', 'constructor') })).status, 200)
    })
  })

  describe('by their body', () => {
    const big = (bytes: number) => JSON.stringify({ build: 'x'.repeat(bytes) })

    it('are cut at 16 KB, and at 1 MB where events are delivered', async () => {
      const at = (length: number) => Buffer.alloc(length, ' ')
      const cases = [
        [swaps, 16 * 1024, 400],
        [swaps, 16 * 1024 + 1, 413],
        [announcement, 2 * 1024 * 1024, 413],
        [events, 1024 * 1024, 400],
        [events, 1024 * 1024 + 1, 413],
        [events, 1024 * 1024 + 500, 413],
      ] as const
      for (const [call, length, status] of cases) {
        assert.equal((await api.call({ ...call, body: at(length), bad: true })).status, status, `${length}`)
      }
      assert.equal((await api.call({ ...swaps, body: big(20_000), bad: true })).status, 413)
      assert.deepEqual(api.service.asked, [])
    })

    it('are cut in chunks as well, and the connection with them', async () => {
      const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
      const head = `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nx-functions-key: ${keys.all}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`

      const reply = await api.raw(head + chunk.repeat(40))

      assert.match(reply, /^HTTP\/1\.1 413 [^]*connection: close/i)
      assert.equal(reply.match(/HTTP\/1\.1/g)?.length, 1)
    })

    const texts: Readonly<Record<string, string | Buffer>> = {
      nothing: Buffer.alloc(0),
      'half of it': '{"taskHub":',
      'a text behind it': `${JSON.stringify(told)} {}`,
      'a byte order mark': `\uFEFF${JSON.stringify(told)}`,
      'bytes that are not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      'UTF-16': Buffer.from(JSON.stringify(told), 'utf16le'),
      comments: `/* */ ${JSON.stringify(told)}`,
      'a number': '1',
      'a list': '[]',
      null: 'null',
      'a text': '"x"',
      'a list in a list, without end': '['.repeat(16_000),
      'objects in objects, without end': '{"a":'.repeat(3_000),
      'deep nesting that ends': `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
      'brackets in a text that does not end': `"${'['.repeat(100)}`,
    }
    for (const [what, body] of Object.entries(texts)) {
      it(`are refused with ${what}`, async () => {
        for (const call of [announcement, swaps, events]) {
          assert.equal((await api.call({ ...call, body, bad: true })).status, 400)
        }
        assert.deepEqual(api.service.asked, [])
      })
    }

    const changes: Readonly<Record<string, string>> = {
      'a prototype': '"__proto__":{"build":"1"}',
      'a constructor': '"constructor":{"prototype":{"build":"1"}}',
      'a prototype of a field': '"taskHub":{"name":"Shop41","__proto__":{}}',
      'a hub that is a text': '"taskHub":"Shop41"',
      'a hub that is null': '"taskHub":null',
      'a hub in a list': '"taskHub":[{"name":"Shop41"}]',
      'a hub that is another one’s prefix and more': '"taskHub":{"name":"Shop41-x"}',
      'a hub name in another script': '"taskHub":{"name":"Ѕhop41"}',
      'a hub name with a line break': '"taskHub":{"name":"Shop41\\n"}',
      'a build that is a number': '"build":41',
      'a build of blanks': '"build":"   "',
      'a build of two lines': '"build":"41\\n42"',
      'a build with a NUL': '"build":"41\\u0000"',
      'a build with half a character': '"build":"41\\ud800"',
      'a build that turns its text around': '"build":"41\\u202e"',
      'a build that is too long': `"build":"${'4'.repeat(201)}"`,
      'a link that runs': '"by":{"run":"1","project":"p","link":"javascript:alert(1)"}',
      'a link with a password': '"by":{"run":"1","project":"p","link":"https://u:p@dev.azure.com/"}',
      'a link with blanks': '"by":{"run":"1","project":"p","link":"https://dev.azure.com/ x"}',
      'a link that is too long': `"by":{"run":"1","project":"p","link":"https://${'a'.repeat(1000)}"}`,
      'no run': '"by":{}',
      'a run that is true': '"by":true',
    }
    for (const [what, change] of Object.entries(changes)) {
      it(`are refused with ${what}`, async () => {
        const body = `${JSON.stringify(told).slice(0, -1)},${change}}`

        const reply = await api.call({ ...announcement, body, bad: true })

        assert.equal(reply.status, 400)
        assert.deepEqual(api.service.asked, [])
        assert.equal(({} as Record<string, unknown>)['build'], undefined)
      })
    }

    it('do not get a link repeated, for it may hold a secret', async () => {
      const body = { ...told, by: { ...by, link: 'http://host/?sig=do-not-show' } }

      assert.doesNotMatch((await api.call({ ...announcement, body, bad: true })).text, /do-not-show/)
    })

    it('tell no more than twenty faults', async () => {
      const body = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, at]))

      const { json } = await api.call({ ...announcement, body, bad: true })

      assert.equal(String(json['detail']).match(/Field '/g)?.length, 20)
    })
  })

  describe('by their headers', () => {
    const types: readonly string[] = [
      'text/plain',
      'text/json',
      'application/xml',
      'application/json-patch+json',
      'application/cloudevents+json',
      'application/json; charset=utf-16',
      'application/json; charset=utf-8; boundary=x',
      'application/json, text/plain',
      'application/jsonx',
      'multipart/form-data; boundary=application/json',
      '',
    ]
    for (const type of types) {
      it(`are refused with the content type '${type}'`, async () => {
        const reply = await api.call({ ...announcement, body: told, headers: { 'content-type': type }, bad: true })

        assert.deepEqual([reply.status, reply.headers['accept']], [415, 'application/json'])
      })
    }

    for (const type of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"']) {
      it(`are taken with the content type '${type}'`, async () => {
        const headers = { 'content-type': type }

        assert.equal((await api.call({ ...announcement, body: told, headers, bad: true })).status, 200)
      })
    }

    for (const encoding of ['gzip', 'br', 'identity', 'chunked', 'x']) {
      it(`are refused with the content encoding '${encoding}'`, async () => {
        const headers = { 'content-encoding': encoding }

        assert.equal((await api.call({ ...announcement, body: told, headers, bad: true })).status, 415)
      })
    }

    it('do not choose their way by a host, an original address or an origin', async () => {
      const headers = {
        ...{
          host: 'evil.example',
          'x-original-url': '/api/v1/events',
          'x-rewrite-url': '/admin',
          origin: 'https://evil.example',
        },
        ...{ 'x-forwarded-for': '10.0.0.1', 'x-forwarded-host': 'evil.example', 'x-ms-client-principal': 'e30=' },
      }
      const reply = await api.call({ path: '/api/v1/health', headers })

      assert.equal(reply.status, 200)
      assert.doesNotMatch(JSON.stringify(reply), /evil/)
    })

    it('sign nobody in as Easy Auth would', async () => {
      const headers = {
        'x-ms-client-principal-id': 'a',
        'x-ms-client-principal': 'e30=',
        'x-ms-token-aad-access-token': 'a',
      }

      assert.equal((await api.call({ path: '/api/v1/health', headers, signedIn: false, bad: true })).status, 401)
    })

    it('are refused with a body where none is taken', async () => {
      const call = { path: '/api/v1/health', body: 'x', bad: true } as const

      assert.equal((await api.call(call)).status, 400)
    })
  })

  describe('by their bytes', () => {
    const head = (line: string, ...more: string[]) =>
      [line, 'Host: x', `x-functions-key: ${keys.all}`, ...more, '', ''].join('\r\n')
    const health = head('GET /api/v1/health HTTP/1.1')
    const closing = head('GET /api/v1/health HTTP/1.1', 'Connection: close')

    const garbage: Readonly<Record<string, string | Buffer>> = {
      'no HTTP': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
      'an unknown method': head('FETCH /api/v1/health HTTP/1.1'),
      'a version that does not exist': head('GET /api/v1/health HTTP/9.9'),
      'bytes in the path': Buffer.from('GET /api/v1/apps/\xff\xfe/history HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1'),
      'a blank in the path': head('GET /api/v1/he alth HTTP/1.1'),
      'headers without end': head('GET /api/v1/health HTTP/1.1', `X: ${'x'.repeat(20_000)}`),
      'very many headers': head('GET /api/v1/health HTTP/1.1', ...Array.from({ length: 3000 }, (_, at) => `X${at}: 1`)),
      'a length and chunks': `${head('POST /api/v1/swaps HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      'two lengths': `${head('POST /api/v1/swaps HTTP/1.1', 'Content-Length: 4', 'Content-Length: 5')}aaaaa`,
      'a negative length': head('POST /api/v1/swaps HTTP/1.1', 'Content-Length: -1'),
      'a header in two lines': head('GET /api/v1/health HTTP/1.1', 'X: a', ' b'),
      'a blank before a colon': head('GET /api/v1/health HTTP/1.1', 'X : a'),
      'a line break without its half': 'GET /api/v1/health HTTP/1.1\nHost: x\nX\u0000: y\n\n',
      'no host': 'GET /api/v1/health HTTP/1.1\r\n\r\n',
    }
    for (const [what, bytes] of Object.entries(garbage)) {
      it(`are answered with one 4xx and a closed connection, with ${what}`, async () => {
        const reply = await api.raw(bytes)

        assert.match(reply, /^HTTP\/1\.1 4\d\d /)
        assert.equal(reply.match(/HTTP\/1\.1 \d/g)?.length, 1)
        assert.deepEqual(api.service.asked, [])
      })
    }

    it('are answered in their order where they come all at once', async () => {
      const reply = await api.raw(health + head('GET /nothing HTTP/1.1') + closing)

      assert.deepEqual(reply.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
    })

    it('never get the answer to garbage for that to the request before it', async () => {
      let go: () => void = () => undefined
      api.service.before = () => new Promise<void>((resolve) => (go = resolve))
      try {
        const reply = await api.raw(`${health}GARBAGE\r\n\r\n`)

        assert.equal(reply, '')
        assert.equal(api.service.asked.length, 1)
      } finally {
        api.service.before = () => undefined
        go()
      }
    })

    it('are cut off where their headers come too slowly', async () => {
      assert.equal(await api.raw('GET /api/v1/health HTTP/1.1\r\nX: '), '')
    })

    it('are cut off where their body comes too slowly', async () => {
      const slow = head('POST /api/v1/events HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100')

      assert.equal(await api.raw(`${slow}[`), '')
      assert.deepEqual(api.service.asked, [])
    })

    it('are cut off where a connection is kept for nothing', async () => {
      assert.match(await api.raw(health), /^HTTP\/1\.1 200 /)
    })
  })
})

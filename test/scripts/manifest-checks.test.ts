import assert from 'node:assert/strict'
import { checkManifests } from '../../scripts/manifest-checks.ts'
import { isBalanced } from '../../scripts/manifest-checks/execution-checks.ts'
import type { PackageContents } from '../../scripts/manifest-checks/package-contents.ts'
import { pngSize } from '../../scripts/manifest-checks/png.ts'
import type { ExtensionManifest, TaskInput, TaskManifest } from '../../scripts/packaging/manifests.ts'

const agentTask: TaskManifest = {
  id: '11111111-2222-4333-8444-555555555555',
  name: 'Swap',
  friendlyName: 'Swap slots',
  description: 'Swaps two slots of a function app.',
  helpMarkDown: 'Help.',
  category: 'Deploy',
  author: 'Us',
  runsOn: ['Agent'],
  version: { Major: 1, Minor: 2, Patch: 3 },
  minimumAgentVersion: '3.232.1',
  instanceNameFormat: 'Swap $(appName)',
  groups: [{ name: 'more' }],
  inputs: [
    { name: 'appName', type: 'pickList', label: 'App', helpMarkDown: 'App.', properties: { EditableOptions: 'True' } },
    {
      name: 'mode',
      type: 'pickList',
      label: 'Mode',
      helpMarkDown: 'Mode.',
      options: { a: 'A', b: 'B' },
      defaultValue: 'a',
    },
    { name: 'detail', type: 'string', label: 'D', helpMarkDown: 'D.', visibleRule: 'mode = b', groupName: 'more' },
  ],
  outputVariables: [{ name: 'swapped', description: 'Whether.' }],
  dataSourceBindings: [{ target: 'appName', endpointId: '$(mode)', dataSourceName: 'Apps' }],
  execution: { Node20_1: { target: 'index.js' }, Node24: { target: 'index.js' } },
  messages: { Hello: 'Hello' },
}

const serverTask: TaskManifest = {
  ...agentTask,
  id: '21111111-2222-4333-8444-555555555555',
  name: 'Gate',
  friendlyName: 'Gate',
  runsOn: ['Server', 'ServerGate'],
  execution: {
    HttpRequestChain: {
      Execute: [
        { RequestInputs: { EndpointUrl: '$(endpoint.url)$(appName)', Expression: "eq(response['statuscode'], 'OK')" } },
      ],
    },
  },
}

const extension: ExtensionManifest = {
  manifestVersion: 1,
  id: 'ext',
  publisher: 'us',
  name: 'Ext',
  version: '1.2.3',
  description: 'An extension.',
  targets: [{ id: 'Microsoft.VisualStudio.Services' }],
  categories: ['Azure Pipelines'],
  icons: { default: 'images/icon.png' },
  content: { details: { path: 'overview.md' } },
  files: [{ path: 'tasks/Swap' }, { path: 'tasks/Gate' }, { path: 'images', addressable: true }],
  contributions: ['Swap', 'Gate'].map((task) => ({
    id: task,
    type: 'ms.vss-distributed-task.task',
    targets: ['ms.vss-distributed-task.tasks'],
    properties: { name: `tasks/${task}` },
  })),
}

type Twist = {
  swap?: Partial<TaskManifest>
  gate?: Partial<TaskManifest>
  extension?: Partial<ExtensionManifest>
  contents?: Partial<PackageContents>
}

function contents(twist: Twist = {}): PackageContents {
  return {
    packageVersion: '1.2.3',
    extension: { ...extension, ...twist.extension },
    tasks: [
      { path: 'tasks/Swap/SwapV1', task: 'Swap', major: 1, manifest: { ...agentTask, ...twist.swap } },
      { path: 'tasks/Gate/GateV1', task: 'Gate', major: 1, manifest: { ...serverTask, ...twist.gate } },
    ],
    files: [
      'overview.md',
      'images/icon.png',
      'images/cycle.png',
      'tasks/Swap/SwapV1/index.js',
      'tasks/Gate/GateV1/task.json',
    ],
    overview: '# Start here\n[start](#start-here) ![cycle](images/cycle.png) [docs](https://example.com/)',
    imageSizes: {
      'images/icon.png': { width: 128, height: 128 },
      'tasks/Swap/SwapV1/icon.png': { width: 32, height: 32 },
      'tasks/Gate/GateV1/icon.png': { width: 32, height: 32 },
    },
    fixedIds: { Swap: agentTask.id, Gate: serverTask.id },
    ...twist.contents,
  }
}

const input = (twist: Partial<TaskInput>): Partial<TaskManifest> => ({
  inputs: [...(agentTask.inputs ?? []), { name: 'extra', type: 'string', label: 'E', helpMarkDown: 'E.', ...twist }],
})
const chain = (request: Record<string, string>, options: Record<string, string> = {}): Partial<TaskManifest> => ({
  execution: { HttpRequestChain: { Execute: [{ RequestInputs: request, ExecutionOptions: options }] } },
})

const single = (request: Record<string, string> = {}): Partial<TaskManifest> => ({
  execution: { HttpRequest: { Execute: { ...singleRequest, ...request } } },
})
const singleRequest = {
  EndpointId: '',
  EndpointUrl: 'https://$(appName)/$(mode)/$(detail)',
  Method: 'GET',
  Headers: '{"Accept":"application/json"}',
  WaitForCompletion: 'false',
  Expression: "eq('idle', root['verdict'])",
}

const rules: [string, Twist, RegExp][] = [
  ['a task id that is no GUID', { swap: { id: 'swap' }, contents: { fixedIds: {} } }, /'swap' is not a GUID/],
  [
    'a task id that is not the fixed one',
    { contents: { fixedIds: { Swap: 'x', Gate: serverTask.id } } },
    /not the fixed one, 'x'/,
  ],
  [
    'a task of the fixed list that is gone',
    { contents: { fixedIds: { Swap: agentTask.id, Gate: serverTask.id, Old: 'x' } } },
    /'Old' is missing/,
  ],
  ['two tasks with one id', { gate: { id: agentTask.id }, contents: { fixedIds: {} } }, /is also the id of/],
  [
    'a task name with a space',
    { swap: { name: 'Swap it' }, contents: { fixedIds: {} } },
    /letters, digits and hyphens only/,
  ],
  ['a friendlyName of 41 characters', { swap: { friendlyName: 'x'.repeat(41) } }, /has 41 characters/],
  ['a short description', { swap: { description: 'Swaps.' } }, /description has 6 characters/],
  ['a missing helpMarkDown of the task', { swap: { helpMarkDown: '' } }, /helpMarkDown is missing/],
  ['an unknown category', { swap: { category: 'Fun' } }, /category 'Fun'/],
  [
    'a major version that is not its folder’s',
    { swap: { version: { Major: 2, Minor: 2, Patch: 3 } } },
    /Major 2 is not that of its folder/,
  ],
  ['a patch version of its own', { swap: { version: { Major: 1, Minor: 2, Patch: 4 } } }, /not those of package.json/],
  [
    'an instance name with an unknown input',
    { swap: { instanceNameFormat: '$(app)' } },
    /input 'app', which does not exist/,
  ],
  ['a loc key without a message', { swap: { friendlyName: 'ms-resource:loc.messages.Bye' } }, /loc key 'Bye'/],
  [
    'an input name with an underscore',
    { swap: input({ name: 'extra_one' }) },
    /'extra_one' may hold letters and digits only/,
  ],
  ['an input that is there twice', { swap: input({ name: 'APPNAME' }) }, /'appname' is used twice/],
  ['an input of an unknown type', { swap: input({ type: 'text' }) }, /unknown type 'text'/],
  ['an input without help', { swap: input({ helpMarkDown: '' }) }, /'extra' has no helpMarkDown/],
  ['an input without a label', { swap: input({ label: '' }) }, /'extra' has no label/],
  ['an input in a group that is not there', { swap: input({ groupName: 'less' }) }, /group 'less'/],
  ['a pick list with nothing to pick', { swap: input({ type: 'pickList' }) }, /neither options nor a data source/],
  [
    'a default that is no option',
    { swap: input({ type: 'pickList', options: { a: 'A' }, defaultValue: 'z' }) },
    /default 'z'/,
  ],
  ['a visibleRule with an unknown input', { swap: input({ visibleRule: 'mood = a' }) }, /input 'mood'/],
  ['a visibleRule with an unknown option', { swap: input({ visibleRule: 'mode = z' }) }, /compares with 'z'/],
  ['a visibleRule that can’t be read', { swap: input({ visibleRule: 'mode is a' }) }, /can't be read/],
  [
    'a data source for an unknown input',
    { swap: { dataSourceBindings: [{ target: 'zip', dataSourceName: 'A' }] } },
    /'zip' fills an input/,
  ],
  [
    'a data source that refers to an unknown input',
    { swap: { dataSourceBindings: [{ target: 'appName', dataSourceName: 'A', parameters: { X: '$(zip)' } }] } },
    /refers to input 'zip'/,
  ],
  [
    'a bound pick list that is not editable',
    { swap: { dataSourceBindings: [{ target: 'mode', dataSourceName: 'A' }] } },
    /'mode' is filled from Azure but not editable/,
  ],
  [
    'an output without a description',
    { swap: { outputVariables: [{ name: 'swapped' }] } },
    /'swapped' has no description/,
  ],
  [
    'a handler without its file',
    {
      contents: {
        files: [
          'overview.md',
          'images/icon.png',
          'images/cycle.png',
          'tasks/Gate/GateV1/task.json',
          'tasks/Swap/SwapV1/task.json',
        ],
      },
    },
    /handler Node20_1 names 'index.js'/,
  ],
  ['a missing handler', { swap: { execution: { Node20_1: { target: 'index.js' } } } }, /wanted are 'Node20_1, Node24'/],
  [
    'a handler missing at the end of the job',
    { swap: { postjobexecution: { Node24: { target: 'index.js' } } } },
    /postjobexecution has 'Node24'; wanted are 'Node20_1, Node24'/,
  ],
  [
    'a script for the end of the job that is not there',
    { swap: { postjobexecution: { Node20_1: { target: 'end.cjs' }, Node24: { target: 'end.cjs' } } } },
    /postjobexecution: handler Node20_1 names 'end.cjs', which is not in the package/,
  ],
  [
    'an end of the job that does the work again',
    { swap: { postjobexecution: agentTask.execution } },
    /postjobexecution starts 'index.js' as execution does/,
  ],
  ['an agent too old for the handlers', { swap: { minimumAgentVersion: '2.144.0' } }, /below 3.232.1/],
  ['an agent task that is to run on a server', { swap: { runsOn: ['Server'] } }, /can't run Node/],
  ['a server task that runs on agents', { gate: { runsOn: ['Agent'] } }, /is not Server and ServerGate/],
  [
    'a server task of another kind',
    { gate: { execution: { ServiceBus: {} } } },
    /neither HttpRequestChain nor HttpRequest/,
  ],
  [
    'a single request that runs on agents',
    { gate: { ...single(), runsOn: ['Agent'] } },
    /is not Server and ServerGate/,
  ],
  [
    'a single request with a connection',
    { gate: single({ EndpointId: '$(mode)' }) },
    /EndpointId '\$\(mode\)' is not empty/,
  ],
  [
    'a single request that waits for a call',
    { gate: single({ WaitForCompletion: 'true' }) },
    /WaitForCompletion 'true'/,
  ],
  ['a single request without an expression', { gate: single({ Expression: '' }) }, /any answer would pass/],
  ['a single expression that is not balanced', { gate: single({ Expression: 'eq(1, 1' }) }, /is not balanced/],
  [
    'a single expression with the words of a chain',
    { gate: single({ Expression: "eq(response['statuscode'], 'OK')" }) },
    /sees the body alone/,
  ],
  ['a single request with broken headers', { gate: single({ Headers: '{' }) }, /Headers is not JSON/],
  ['a single request that names an unknown input', { gate: single({ Body: '$(zip)' }) }, /names input 'zip'/],
  [
    'a single request that leaves an input out',
    { gate: single({ EndpointUrl: '$(appName)$(mode)' }) },
    /input 'detail' is in no part/,
  ],
  [
    'a key in the address',
    { gate: single({ EndpointUrl: 'https://x/?code=$(key)' }) },
    /input 'key' is part of the address/,
  ],
  ['a server task without requests', { gate: { execution: { HttpRequestChain: { Execute: [] } } } }, /has no request/],
  [
    'a request without an expression',
    { gate: chain({ EndpointUrl: '$(endpoint.url)' }) },
    /request 1 has no Expression/,
  ],
  ['an expression that is not balanced', { gate: chain({ Expression: 'and(eq(1, 1)' }) }, /is not balanced/],
  [
    'a skip expression that is not balanced',
    { gate: chain({ Expression: 'eq(1, 1)' }, { SkipSectionExpression: "eq('a, 1)" }) },
    /is not balanced/,
  ],
  [
    'a request that names an unknown input',
    { gate: chain({ Expression: 'eq(1, 1)', EndpointUrl: '$(zip)' }) },
    /names input 'zip'/,
  ],
  [
    'an expression that names an unknown input',
    { gate: chain({ Expression: "eq(taskInputs['zip'], 1)" }) },
    /an expression names input 'zip'/,
  ],
  [
    'an extension version that is not package.json’s',
    { extension: { version: '1.0.0' } },
    /version '1.0.0' is not that of package.json/,
  ],
  ['a description of 201 characters', { extension: { description: 'x'.repeat(201) } }, /201 characters/],
  ['an unknown category of the Marketplace', { extension: { categories: ['Fun'] } }, /'Fun'/],
  [
    'a contribution without a folder',
    {
      extension: {
        contributions: [
          ...(extension.contributions ?? []),
          {
            id: 'x',
            type: 'ms.vss-distributed-task.task',
            targets: ['ms.vss-distributed-task.tasks'],
            properties: { name: 'tasks/Gone' },
          },
        ],
      },
    },
    /'tasks\/Gone', which is no task folder/,
  ],
  [
    'a task folder without a contribution',
    { extension: { contributions: extension.contributions?.slice(1) ?? [] } },
    /does not contribute 'tasks\/Swap'/,
  ],
  [
    'a task folder that is not packed',
    { extension: { files: extension.files?.slice(1) ?? [] } },
    /does not list 'tasks\/Swap'/,
  ],
  [
    'a task folder that any visitor could read',
    { extension: { files: [{ path: 'tasks/Swap', addressable: true }, ...(extension.files ?? []).slice(1)] } },
    /is addressable/,
  ],
  [
    'a packed file that is not there',
    { extension: { content: { details: { path: 'page.md' } } } },
    /'page.md' is not there/,
  ],
  [
    'an icon of the wrong size',
    { contents: { imageSizes: { 'images/icon.png': { width: 64, height: 64 } } } },
    /icon.png is 64x64/,
  ],
  [
    'a missing task icon',
    { contents: { imageSizes: { 'images/icon.png': { width: 128, height: 128 } } } },
    /SwapV1\/icon.png is missing/,
  ],
  ['a link of the page to nowhere', { contents: { overview: '[x](docs/x.md)' } }, /'docs\/x.md' is not in the package/],
  [
    'a link of the page to a heading that is not there',
    { contents: { overview: '[x](#nowhere)' } },
    /'#nowhere' is no heading/,
  ],
  [
    'an image of the page that would not show',
    { extension: { files: (extension.files ?? []).map(({ path }) => ({ path })) } },
    /not addressable/,
  ],
]

describe('The manifest checks', () => {
  it('find nothing wrong with a good package', () => {
    assert.deepEqual(checkManifests(contents()), [])
    assert.deepEqual(checkManifests(contents({ gate: single() })), [])
  })

  for (const [name, twist, problem] of rules) {
    it(`find ${name}`, () => {
      const problems = checkManifests(contents(twist))
      assert.ok(
        problems.some((each) => problem.test(each)),
        `${problem} is not among:\n${problems.join('\n')}`,
      )
    })
  }

  it("do not hold a developer's own GUIDs against the fixed list", () => {
    const own = contents({ swap: { id: '31111111-2222-4333-8444-555555555555' }, contents: { fixedIds: {} } })
    assert.deepEqual(checkManifests(own), [])
  })
})

describe('isBalanced', () => {
  const cases: [string, boolean][] = [
    ["and(eq(a['b'], 'c'), d)", true],
    ["eq(jsonpath('$[?(@.a == ''x)'')]'), 1)", true],
    ['and(a', false],
    ['a)', false],
    ["a['b)", false],
    ['a(b]c)', false],
  ]
  for (const [expression, balanced] of cases) {
    it(`says ${balanced} of ${expression}`, () => {
      assert.equal(isBalanced(expression), balanced)
    })
  }
})

describe('pngSize', () => {
  it('is undefined for a file that only claims to be a PNG', () => {
    assert.equal(pngSize(Buffer.from('<svg/>')), undefined)
    assert.equal(pngSize(Buffer.alloc(0)), undefined)
  })
})

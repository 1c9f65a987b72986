import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

// Who may import whom. A file takes the patterns of the last block below that names it and of no other, so that the blocks do
// not overlap, and what holds for all is in `deny`.
const deny = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: [folders('test', 'Nothing imports a test.'), ...patterns] }],
})
const folders = (names, message) => ({ regex: `^(?:\\./|(?:\\.\\./)+)(?:[^.].*/)?(?:${names})/`, message })
const packages = (message) => ({ regex: '^[^.]', message })
const agentLibrary = { regex: '^azure-pipelines-task-lib', message: 'Only tasks/agent knows the agent.' }
const upwards = folders(
  'tasks|state-service|emulator|pipeline-runner|demo|scripts|bench',
  'Imports point from tasks to core, never back.',
)
const notShipped = folders('emulator|pipeline-runner|demo|scripts|bench', 'Nothing shipped imports what is not.')
const otherSide = folders('state-service', 'Tasks and service share core, and talk over HTTP.')
const stories = folders('tasks', 'Tasks and service share core, and talk over HTTP.')
const sockets = folders('azure', 'core/azure is the only folder of core with a socket; declare a port beside the rule.')
const realThings = folders('azure', 'A task is a story over ports; only its index.ts builds real things.')
const otherTask = {
  regex: '^(?:\\./|(?:\\.\\./)+)[A-Z]',
  caseSensitive: true,
  message: 'One task folder never imports another, nor a major of its own.',
}

/** The files of the service that know a package, a socket or the process. */
const serviceEdges = ['server', 'cli', 'connect', 'documents/store-table', 'host', 'http/entra'].map(
  (name) => `state-service/${name}.ts`,
)

/** What is not the same each time: a rule gets it as an argument. */
const impure = {
  'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'crypto', 'performance'],
  'no-restricted-properties': ['error', { object: 'Date', property: 'now' }, { object: 'Math', property: 'random' }],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Use a Clock.' },
  ],
}

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'out', 'coverage', 'app-mode/dist', 'app-mode/sample'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
    },
  },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['core/**/*.ts'],
    ignores: ['core/azure/**'],
    rules: {
      ...deny(packages('The rules of core are pure: no package, no node: module.'), sockets, upwards),
      ...impure,
    },
  },
  { files: ['core/azure/**/*.ts'], rules: deny(agentLibrary, upwards) },
  {
    files: ['tasks/*.ts', 'tasks/*/*.ts'],
    ignores: ['tasks/agent/**'],
    rules: {
      ...deny(
        packages('A task is a story over ports.'),
        realThings,
        otherTask,
        folders('agent', 'A story does not know who runs it.'),
        otherSide,
        notShipped,
      ),
      ...impure,
    },
  },
  {
    files: ['tasks/*/*/*.ts'],
    ignores: ['tasks/*/*/index.ts'],
    rules: { ...deny(packages('Inputs are read through tasks/agent.'), realThings, otherTask, notShipped), ...impure },
  },
  {
    files: ['tasks/*/*/index.ts'],
    rules: deny(packages('Real things are built by core/azure and tasks/agent.'), otherTask, notShipped),
  },
  { files: ['tasks/agent/**/*.ts'], rules: deny(otherTask, otherSide, notShipped) },
  {
    files: ['state-service/**/*.ts'],
    ignores: serviceEdges,
    rules: {
      ...deny(
        packages('The service is stories over ports; its edges know packages.'),
        folders('azure', 'Real things are built at the edges of the service.'),
        agentLibrary,
        stories,
        notShipped,
      ),
      ...impure,
    },
  },
  { files: serviceEdges, rules: deny(agentLibrary, stories, notShipped) },
  {
    files: ['emulator/**/*.ts'],
    rules: deny(
      agentLibrary,
      folders(
        'core|tasks|state-service|pipeline-runner|demo|scripts|bench',
        'The emulator shares no code with what it tests.',
      ),
    ),
  },
  {
    files: ['app-mode/src/**/*.ts'],
    rules: deny({
      regex: '^(?!node:|\\./[a-z-]+\\.ts$)',
      message: 'The module is a package of its own, and depends on none.',
    }),
  },
  {
    files: ['pipeline-runner/**/*.ts'],
    rules: deny(
      agentLibrary,
      folders(
        'core|tasks|state-service|emulator|demo|scripts|bench',
        'The runner knows tasks as packages, and Azure by its addresses.',
      ),
    ),
  },
  {
    files: ['demo/**/*.ts'],
    rules: deny(
      agentLibrary,
      folders('core|tasks|state-service|scripts|bench', 'The demo runs the package, as a team does.'),
    ),
  },
  {
    files: ['scripts/**/*.ts'],
    rules: deny(
      agentLibrary,
      folders('core|tasks|state-service|emulator|pipeline-runner|demo|bench', 'Scripts build; they run none of it.'),
    ),
  },
  // A bench measures everything side by side, and stands alone: only the tests of a bench import it.
  { files: ['bench/**/*.ts'], rules: deny(agentLibrary) },
  { files: ['demo/**', 'scripts/**', 'pipeline-runner/cli.ts'], rules: { 'no-console': 'off' } },
  { files: ['test/**/*.ts'], rules: { 'max-params': 'off', '@typescript-eslint/no-unused-expressions': 'off' } },
)

import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

const deny = (...groups) => ['error', { patterns: groups.map(([group, message]) => ({ group, message })) }]

const sockets = ['**/azure/**', 'core/azure is the only folder of core with a socket; declare a port beside the rule.']
const agentLibrary = ['azure-pipelines-task-lib', 'azure-pipelines-task-lib/*']
const npm = ['node:*', '@azure/*', 'axios', ...agentLibrary]

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'out', 'coverage'] },
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
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['core/**/*.ts'],
    ignores: ['core/azure/**'],
    rules: {
      'no-restricted-imports': deny(
        [npm, 'The rules of core are pure: no npm package, no node: module.'],
        [[sockets[0]], sockets[1]],
        [['**/tasks/**', '**/emulator/**', '**/test/**'], 'Imports point from tasks to core, never back.'],
      ),
    },
  },
  {
    files: ['core/azure/**/*.ts'],
    rules: {
      'no-restricted-imports': deny(
        [agentLibrary, 'Only tasks/agent knows the agent.'],
        [['**/tasks/**', '**/emulator/**', '**/test/**'], 'Imports point from tasks to core, never back.'],
      ),
    },
  },
  {
    files: ['tasks/*/*.ts', 'tasks/*/*/*.ts'],
    ignores: ['tasks/agent/**', 'tasks/*/*/index.ts'],
    rules: {
      'no-restricted-imports': deny(
        [npm, 'A task is a story over ports; real things are built in its index.ts.'],
        [[sockets[0]], 'Only index.ts builds real things.'],
        [['**/emulator/**', '**/test/**'], 'Nothing shipped imports the emulator or a test.'],
      ),
    },
  },
  {
    files: ['emulator/**/*.ts'],
    rules: {
      'no-restricted-imports': deny(
        [['**/core/**', '**/tasks/**'], 'The emulator shares no code with what it tests.'],
        [['**/test/**'], 'Nothing imports a test.'],
      ),
    },
  },
  { files: ['demo/**', 'scripts/**', 'pipeline-runner/cli.ts'], rules: { 'no-console': 'off' } },
  { files: ['test/**/*.ts'], rules: { 'max-params': 'off', '@typescript-eslint/no-unused-expressions': 'off' } },
)

import assert from 'node:assert/strict'

import type { Scope } from '../../pipeline-runner/expressions/evaluate.ts'
import { checkExpression, evaluateCondition, evaluateExpression } from '../../pipeline-runner/expressions/evaluate.ts'

const variables: Record<string, string> = { name: 'orders', 'build.id': '57', empty: '', yes: 'true' }

const scope: Scope = {
  variable: (name) => variables[name.toLowerCase()],
  dependencies: { A: { result: 'Succeeded', outputs: { 'step.hub': 'orders7' } } },
  stageDependencies: { Build: { A: { outputs: { 'step.hub': 'orders8' } } } },
  status: (check, names) => (names.length > 0 ? names[0] === 'A' : check === 'succeeded' || check === 'always'),
}

describe('A condition', () => {
  const cases: [expression: string, holds: boolean][] = [
    ['succeeded()', true],
    ['Succeeded()', true],
    ['failed()', false],
    ['canceled()', false],
    ['always()', true],
    ["succeeded('A')", true],
    ["succeeded('B')", false],
    ['and(succeeded(), true)', true],
    ['and(true, true, false)', false],
    ["and(false, gt(1, 'x'))", false],
    ["or(true, gt(1, 'x'))", true],
    ['or(false, false)', false],
    ['not(failed())', true],
    ['xor(true, false)', true],
    ['xor(true, true)', false],
    ["eq(variables['name'], 'ORDERS')", true],
    ["eq(variables['NAME'], 'orders')", true],
    ['eq(variables.name, variables.yes)', false],
    ["eq(variables['build.id'], 57)", true],
    ["eq(57, variables['build.id'])", true],
    ["eq(57, 'x')", false],
    ['eq(variables.nothing, null)', true],
    ["eq(variables['nothing'], '')", true],
    ["eq(null, '')", true],
    ["eq(true, 'anything')", true],
    ["eq(true, '')", false],
    ["eq('True', true)", true],
    ["ne(variables.name, 'orders')", false],
    ["gt(variables['build.id'], '6')", false],
    ["gt(57, variables['build.id'])", false],
    ["ge(57, variables['build.id'])", true],
    ['lt(1, 2.5)', true],
    ['le(2, 1)', false],
    ['lt(-3, 0)', true],
    ["in(variables.name, 'a', 'Orders')", true],
    ["notIn(variables.name, 'a', 'b')", true],
    ["contains(variables.name, 'DER')", true],
    ["startsWith(variables.name, 'ord')", true],
    ["endsWith(variables.name, 'ord')", false],
    ["eq(coalesce(variables.empty, variables.name), 'orders')", true],
    ["eq('it''s', 'IT''S')", true],
    ["eq(dependencies.A.outputs['step.hub'], 'orders7')", true],
    ["eq(dependencies.A.result, 'succeeded')", true],
    ["eq(dependencies.B.outputs['step.hub'], '')", true],
    ["eq(stageDependencies.Build.A.outputs['step.hub'], 'orders8')", true],
    ["'text'", true],
    ["''", false],
  ]
  for (const [expression, holds] of cases) {
    it(`${expression} ${holds ? 'holds' : 'does not hold'}`, () => {
      checkExpression(expression)
      assert.equal(evaluateCondition(expression, scope), holds)
    })
  }

  const refused: [expression: string, says: RegExp][] = [
    ["format('{0}', 1)", /Function 'format' is not understood/],
    ['parameters.x', /'parameters' is not understood/],
    ['eq(1)', /'eq' takes 2 arguments and has 1/],
    ['and(true)', /'and' takes at least 2 arguments and has 1/],
    ['eq(1.2.3, 1)', /Version literal '1\.2\.3'/],
    ['eq(1, 2', /',' .*its end|'\)' was expected where it has its end/],
    ['eq(1, 2))', /not understood/],
    ['', /where it has its end/],
    ["eq('a, 1)", /is not understood at ''a, 1\)'/],
    ['a && b', /is not understood at '&& b'/],
  ]
  for (const [expression, says] of refused) {
    it(`'${expression}' is refused by name`, () => assert.throws(() => checkExpression(expression), { message: says }))
  }

  it('that compares text with a number it cannot read is refused', () => {
    assert.throws(() => evaluateExpression("gt(1, 'x')", scope), { message: "'x' cannot be compared with '1'." })
  })
})

import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-09',
  title: "Test-driven: the change's tests fail on the code before it",
  why: 'A test written after the code tends to assert what the code does, faults included. One that never failed has proved nothing.',
  fix: "1. Write the test for the wanted behaviour and see its assertion fail. 2. Write the code. 3. Let CI run the change's new tests on the base revision: at least one must fail by assertion. 4. Errors of compiling or importing do not count. 5. Label pure refactorings, whose tests must pass on both.",
  gates: ['code', 'merge'],
  standards: ['S'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}

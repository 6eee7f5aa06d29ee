import type { CheckContext, Dependency, HttpRequest, Instance, RequestSpec } from '@greengate/contracts'

const OBJECTS = ['database', 'cache', 'queue', 'upstream'] as const

/** What is known of the objects that would be dependencies: tells "there is none" from "none was declared". */
export function dependencyObjects(context: CheckContext): Record<string, 'present' | 'absent' | 'unknown'> {
  return Object.fromEntries(
    OBJECTS.map((name) => [
      name,
      context.facts.find((fact) => fact.name === name && fact.target === context.target)?.state ?? 'unknown',
    ]),
  )
}

/** Declared requests that only read and are said to reach a dependency, cheap ones first as they are declared. */
export function readsTouching(context: CheckContext, dependency: string): RequestSpec[] {
  return Object.values(context.config.requests).filter(
    (spec) => spec.effect === 'read' && spec.touches.includes(dependency),
  )
}

/** Declared requests that only read and are not said to reach a dependency. */
export function readsNotTouching(context: CheckContext, dependency: string): RequestSpec[] {
  return Object.values(context.config.requests).filter(
    (spec) => spec.effect === 'read' && !spec.touches.includes(dependency),
  )
}

/** A dependency of an instance. @throws Error if it is not there: a mistake of the programmer */
export function dependencyOf(instance: Instance, name: string): Dependency {
  const dependency = instance.dependencies.get(name)
  if (!dependency) throw new Error(`the instance has no dependency ${name}`)
  return dependency
}

/** A declared request ready to be sent from an address of its own. */
export function requestFrom(instance: Instance, spec: RequestSpec, from: string, timeoutMs: number): HttpRequest {
  return { ...instance.prepare(spec), from, timeoutMs }
}

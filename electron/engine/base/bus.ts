/**
 * Typed broadcast of state changes inside one process. Listeners learn of what happened; they never steer it: a listener's error
 * is handed to `onError` and the others still hear.
 */
export interface Bus<Events extends object> {
  emit<K extends keyof Events>(type: K, event: Events[K]): void;
  /** @returns the function that stops listening */
  on<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): () => void;
}

export function createBus<Events extends object>(onError: (error: unknown) => void): Bus<Events> {
  const listeners = new Map<keyof Events, Set<(event: never) => void>>();
  return {
    emit(type, event) {
      for (const listener of listeners.get(type) ?? []) {
        try {
          (listener as (event: unknown) => void)(event);
        } catch (error) {
          onError(error);
        }
      }
    },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set();
      listeners.set(type, set);
      set.add(listener);
      return () => set.delete(listener);
    },
  };
}

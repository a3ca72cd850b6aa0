/** Whose key seals the texts of a task: erasing it erases all of them. */
export const taskSubject = (id: string): string => `task ${id}`;

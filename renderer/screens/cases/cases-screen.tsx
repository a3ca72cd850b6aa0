import { CaseDetailView } from "./case-detail.tsx";
import { CaseList } from "./case-list.tsx";

/** All cases, or one of them. */
export function CasesScreen({ item }: { item: string | undefined }) {
  return item === undefined ? <CaseList /> : <CaseDetailView key={item} id={item} />;
}

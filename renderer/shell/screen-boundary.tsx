import { CircleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { EmptyPanel } from "../ui/panel-status.tsx";

interface Props {
  readonly children: ReactNode;
}

/** What stands in place of a screen that cannot be shown: its code is gone after an update, or it met a defect. */
export class ScreenBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert" className="h-full">
        <EmptyPanel icon={CircleAlert} title="This screen cannot be shown">
          <p className="mb-3">Sentinel may have been updated while this window was open.</p>
          <Button onClick={() => window.location.reload()}>Reload the window</Button>
        </EmptyPanel>
      </div>
    );
  }
}

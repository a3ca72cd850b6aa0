; What the packager does not do on Windows: links such as sentinel://app/alerts open the application. In the part of the registry
; that the installation is for (one account or all), and gone with it.
!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\sentinel" "" "URL:Sentinel"
  WriteRegStr SHELL_CONTEXT "Software\Classes\sentinel" "URL Protocol" ""
  ; SECURITY: behind "--" a link is no option, whatever a web page wrote into it.
  WriteRegStr SHELL_CONTEXT "Software\Classes\sentinel\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" -- "%1"'
  ; The packager writes this without quotes: of a folder with a blank in its name Windows would first try a program named by its first half.
  WriteRegStr SHELL_CONTEXT "Software\Classes\HTTP Archive\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" -- "%1"'
!macroend

!macro customUnInstall
  DeleteRegKey SHELL_CONTEXT "Software\Classes\sentinel"
!macroend

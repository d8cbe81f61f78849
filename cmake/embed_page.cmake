# cmake -DFOLDER=… -DHEADER=… -DNAMESPACE=… -DOUTPUT=FILE.cpp -P embed_page.cmake
# A C++ source with the page that a folder holds: html (page.html), style (page.css), script (the files that
# scripts.txt lists, in its order).
file(READ ${FOLDER}/page.html html)
file(READ ${FOLDER}/page.css style)
file(STRINGS ${FOLDER}/scripts.txt names)
set(script "")
foreach(name IN LISTS names)
  file(READ ${FOLDER}/${name} text)
  string(APPEND script "${text}")
endforeach()
set(code "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
foreach(part html style script)
  string(APPEND code "const std::string_view ${part} = R\"embedded(${${part}})embedded\";\n")
endforeach()
file(WRITE ${OUTPUT} "${code}\n}  // namespace ${NAMESPACE}\n")

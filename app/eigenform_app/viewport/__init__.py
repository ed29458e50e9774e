"""The 3-D part of the window: the only folder that imports pyvistaqt and draws with VTK.

One :class:`~eigenform_app.viewport.viewport.Viewport` holds one surface with one render window: an OpenGL widget, or a
plain one where OpenGL runs on the CPU; its views are renderers side by side in it. A view draws *layers*, one class for
each data type; nothing here knows a method or the document.

Invariants, each with the failure it prevents:

1. Redraw with ``update()`` of the surface, never ``render()``: its paint event always renders, so ``render()`` draws
   every frame twice. What VTK itself asks for during a drag is turned into ``update()`` as well (`surface.py`).
2. No automatic redraw timer: a still picture must cost nothing while a job trains on the same two cores.
3. Multisampling is off: software GL draws every sample on the CPU. Edges are smoothed by one FXAA pass, pictures for
   files by drawing them larger and scaling down.
4. Positions from Qt events are in logical pixels; VTK counts device pixels from below. Multiply by
   ``devicePixelRatioF()`` and flip y, or picks miss on every high-density screen.
5. Keys never reach VTK: its interactor style quits on ``q``, goes to stereo on ``3`` and swallows the window's arrows.
6. Layers write values into the arrays that VTK already holds and call ``Modified()``. A new actor for each mode uploads
   everything again and stalls large meshes. Arrays are kept alive by their layer: VTK only borrows the memory.
7. Values given to a layer are read-only and shared with other threads: a layer copies, it never writes into them.
8. Positions are drawn relative to the centre of the shape in float32; the actor carries the rest in float64. Otherwise
   scans far from the origin collapse to a staircase.
9. Pictures of any size are drawn by the surface's own render window, resized and put back. A second window with the
   same actors would share their GL buffers between contexts, which crashes some drivers.
10. Only the GUI thread may touch anything here: a GL context belongs to its thread and Qt aborts otherwise.
11. The crop box is cut in the shaders: VTK takes six clipping planes a mapper, and one of them is the person's.
12. A newer value of another topology goes into the polydata of the layer that is there: a new actor would be compiled
    anew and flicker once a second while a surface is trained. What is costly to draw (normals) is worked out by the
    worker that made the value (`geometry.prepare`).
13. Where OpenGL runs on the CPU no GL widget is made: Qt would put the whole window together by OpenGL for every
    change in it. What moves with :meth:`move_points` is drawn where it was and is (`software_surface.py`), with less
    detail until it rests; ``prepare()`` says which to the layers. Pictures for files are always in full.
14. All timers and observers end in ``closeEvent``: VTK keeps Python callbacks alive, and a callback into a deleted
    widget is a crash at exit.
"""

"""Pages of music, and any labelled pictures, to labelled pixels with a U-Net.

    classes         what a pixel can be: CLASSES, BY_NAME
    engraved        a tune as a page: engrave_tune(text, Layout(…)) -> Page(image, mask, …)
    pages           sets of pages: page_set(book, split, kind) -> PageSet
    voc             pictures in PASCAL VOC's layout
    unet            the network
    training        train_segmentation(run, data) yields rows
    runs            open_segmentation_run, list_segmentation_runs, create_segmentation_run
    evaluating      evaluate_run(run) -> PixelEvaluation (accuracy, mean_iou, iou, confusion)
    prediction      load_network(run); label_page(network, file) -> LabelledPage
    studies         what the shipped runs answer

To label a picture, which needs no knowledge of the rest:

    run = open_segmentation_run("unet")
    network = load_network(run)                          # loads torch; keep it
    page = label_page(network, Path("page.png"))         # or bytes; a PDF with page=3
    page.labels                                          # (H, W) uint8, numbers of CLASSES
    page.confidence                                      # (H, W) uint8, probability times 255
    page.image, page.scale, page.staff_space, page.notes

`label_page` raises SegmentationError for what is not a picture, and NoStaffError, which is one,
where there is no staff. For a tune whose truth is known, `engrave_tune` gives image and mask,
and `evaluation.evaluate_labels([(labels, mask)], classes)` the figures.
"""
